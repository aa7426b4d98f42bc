package io.mainstay.framework.apply;

import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Bundles that came to a framework past the store. A change that is told of them can take them away, and bring them back
 * when it fails.
 *
 * @param readable by location, those whose bytes are at hand
 * @param unreadable the locations of others: they can be taken away, and not be brought back
 */
public record ForeignBundles(Map<String, CheckedBundle> readable, Set<String> unreadable) {
    /** None: those that are there are left alone. */
    public static final ForeignBundles NONE = new ForeignBundles(Map.of(), Set.of());

    /** Copies. */
    public ForeignBundles {
        readable = Map.copyOf(readable);
        unreadable = Set.copyOf(unreadable);
    }

    /** Connect marks what came through it (OSGi Core 8, 60.4); an update from a stream did not. */
    public static boolean isFromStore(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision == null
                || revision.getDeclaredCapabilities(IdentityNamespace.IDENTITY_NAMESPACE).stream()
                        .anyMatch(identity -> identity.getAttributes().get("tags") instanceof Collection<?> tags
                                && tags.contains("osgi.connect"));
    }

    /** {@return what a foreign bundle has; for one that cannot be read, something that no content has} */
    Optional<Digest> digest(String location) {
        return unreadable.contains(location)
                ? Optional.of(Digest.of(location.getBytes(StandardCharsets.UTF_8)))
                : Optional.ofNullable(readable.get(location))
                        .map(bundle -> bundle.content().digest());
    }

    /** {@return what is known of the content at a location; empty if it cannot be read} */
    public Optional<Content> content(String location) {
        return Optional.ofNullable(readable.get(location)).map(CheckedBundle::content);
    }

    /** {@return whether these bytes came to this location past the store} */
    boolean has(String location, Digest digest) {
        return readable.containsKey(location)
                && readable.get(location).content().digest().equals(digest);
    }

    /** Opens the bytes of a readable one; the caller closes. */
    InputStream open(String location) throws IOException {
        return readable.get(location).source().open();
    }

    /** {@return those that can be brought back} */
    ForeignBundles restorable() {
        return new ForeignBundles(readable, Set.of());
    }
}
