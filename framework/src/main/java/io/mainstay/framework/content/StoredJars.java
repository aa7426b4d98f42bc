package io.mainstay.framework.content;

import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Contents;
import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.lang.ref.SoftReference;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Jars of the store in memory, as long as there is room for them. Thread-safe. */
public final class StoredJars {
    private static final Map<Digest, SoftReference<PackedJar>> KNOWN = new ConcurrentHashMap<>();

    private final Optional<Contents> contents;

    /** Reads jars of these contents; of none, there is what is in memory. */
    public StoredJars(Optional<Contents> contents) {
        this.contents = contents;
    }

    /** {@return a jar} */
    public PackedJar of(Digest digest) {
        PackedJar known = known(digest);
        if (known != null) {
            return known;
        }
        return add(
                digest,
                contents.orElseThrow(() -> new ContentMissingException("the caller", digest))
                        .read(digest));
    }

    /** Reads all that are not in memory, in one go. */
    public void read(Collection<Digest> digests) {
        Set<Digest> missing =
                digests.stream().filter(digest -> known(digest) == null).collect(Collectors.toSet());
        if (!missing.isEmpty()) {
            contents.ifPresent(all -> all.read(missing).forEach(StoredJars::add));
        }
    }

    private static PackedJar known(Digest digest) {
        SoftReference<PackedJar> reference = KNOWN.get(digest);
        return reference == null ? null : reference.get();
    }

    /** Puts a jar into memory that may not be in the store yet. */
    public static PackedJar add(Digest digest, byte[] bytes) {
        PackedJar jar = PackedJar.of(digest, bytes);
        KNOWN.values().removeIf(reference -> reference.get() == null);
        KNOWN.put(digest, new SoftReference<>(jar));
        return jar;
    }
}
