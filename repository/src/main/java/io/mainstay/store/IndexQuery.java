package io.mainstay.store;

import java.util.Optional;
import java.util.Set;

/**
 * Asks for content by what it provides.
 *
 * @param namespace the capability's namespace
 * @param names the names that will do; empty for all
 * @param prefix the beginning of names that will do; empty for none
 */
public record IndexQuery(String namespace, Set<String> names, Optional<String> prefix) {

    /** @throws IllegalArgumentException if there are both names and a beginning */
    public IndexQuery {
        names = Set.copyOf(names);
        if (!names.isEmpty() && prefix.isPresent()) {
            throw new IllegalArgumentException(
                    "Ask for names or for a beginning, not for both: " + names + ", " + prefix);
        }
    }

    /** Asks for everything in a namespace. */
    public static IndexQuery all(String namespace) {
        return new IndexQuery(namespace, Set.of(), Optional.empty());
    }

    /** Asks for capabilities of certain names. */
    public static IndexQuery named(String namespace, Set<String> names) {
        return new IndexQuery(namespace, names, Optional.empty());
    }

    /** Asks for capabilities whose name begins with {@code prefix}. */
    public static IndexQuery beginning(String namespace, String prefix) {
        return new IndexQuery(namespace, Set.of(), Optional.of(prefix));
    }
}
