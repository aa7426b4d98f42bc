package io.mainstay.store;

import java.util.Set;

/**
 * The capabilities and requirements of one content, as noted when it came in, so that nobody has to open the bundle.
 *
 * @param document all of them, in a form that the store does not look into; at most a few kilobytes
 * @param keys what each capability can be found by
 */
public record ContentIndex(byte[] document, Set<Key> keys) {

    /**
     * The name that a capability is looked up by.
     *
     * @param namespace its namespace
     * @param name the value of the attribute that is called like the namespace, or the namespace's own main attribute
     */
    public record Key(String namespace, String name) {}

    /** Copies the keys. */
    public ContentIndex {
        keys = Set.copyOf(keys);
    }
}
