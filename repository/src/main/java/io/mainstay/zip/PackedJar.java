package io.mainstay.zip;

import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A jar in memory, packed as it is, with an index of its entries. Immutable but for the index of nested
 * jars, which is made when first asked for; safe to share between threads, and lock-free for readers.
 */
public final class PackedJar {
    private static final int LOCAL_HEADER_BYTES = 30;
    /** Those that nobody uses: a new one takes 40 KB and longer than the expansion of a small class. */
    private static final AtomicReferenceArray<Inflater> IDLE = new AtomicReferenceArray<>(8);

    private final Digest digest;
    private final byte[] jar;
    private final Map<String, ZipMember> members;
    private final Map<String, Optional<PackedJar>> nested = new ConcurrentHashMap<>();

    private PackedJar(Digest digest, byte[] jar, Map<String, ZipMember> members) {
        this.digest = digest;
        this.jar = jar;
        this.members = members;
    }

    /** Indexes a jar; the caller gives up the array. */
    public static PackedJar of(Digest digest, byte[] jar) {
        try {
            return index(digest, jar);
        } catch (IOException e) {
            throw new UncheckedIOException("Content " + digest + " is no jar: " + e.getMessage(), e);
        }
    }

    private static PackedJar index(Digest digest, byte[] jar) throws IOException {
        Map<String, ZipMember> members = new LinkedHashMap<>();
        try (SeekableByteChannel channel = ContentSource.of(digest.hex(), jar).openSeekable()) {
            for (ZipMember member : ZipDirectory.read(channel)) {
                members.putIfAbsent(member.name(), member);
            }
        }
        return new PackedJar(digest, jar, members);
    }

    /** {@return the digest of the jar, or of the one that it lies in} */
    public Digest digest() {
        return digest;
    }

    /** {@return the names of all entries, in the order of the jar} */
    public List<String> names() {
        return new ArrayList<>(members.keySet());
    }

    /** {@return the entry of this name; a directory also without its slash, as in the JDK's zips} */
    public Optional<ZipMember> find(String name) {
        ZipMember member = members.get(name);
        return Optional.ofNullable(member != null || name.isEmpty() ? member : members.get(name + "/"));
    }

    /** {@return the expanded bytes of an entry, in an array of the caller's own} */
    public byte[] expand(ZipMember member) {
        int header = Math.toIntExact(member.headerOffset());
        ByteBuffer buffer = ByteBuffer.wrap(jar).order(ByteOrder.LITTLE_ENDIAN);
        int data = header
                + LOCAL_HEADER_BYTES
                + Short.toUnsignedInt(buffer.getShort(header + 26))
                + Short.toUnsignedInt(buffer.getShort(header + 28));
        int packed = Math.toIntExact(member.compressedBytes());
        if (member.method() == ZipMember.STORED) {
            return Arrays.copyOfRange(jar, data, data + packed);
        }
        byte[] expanded = new byte[Math.toIntExact(member.sizeBytes())];
        Inflater inflater = inflater();
        try {
            inflater.setInput(jar, data, packed);
            int filled = 0;
            while (filled < expanded.length) {
                int count = inflater.inflate(expanded, filled, expanded.length - filled);
                if (count == 0) {
                    throw new DataFormatException("it ends after " + filled + " of " + expanded.length + " bytes");
                }
                filled += count;
            }
            return expanded;
        } catch (DataFormatException e) {
            throw new IllegalStateException(
                    "Entry " + member.name() + " of content " + digest + " was sound when it was taken in, and is not"
                            + " now: " + e.getMessage(),
                    e);
        } finally {
            putBack(inflater);
        }
    }

    private static Inflater inflater() {
        for (int i = 0; i < IDLE.length(); i++) {
            Inflater idle = IDLE.get(i) == null ? null : IDLE.getAndSet(i, null);
            if (idle != null) {
                return idle;
            }
        }
        return new Inflater(true);
    }

    private static void putBack(Inflater inflater) {
        inflater.reset();
        for (int i = 0; i < IDLE.length(); i++) {
            if (IDLE.get(i) == null && IDLE.compareAndSet(i, null, inflater)) {
                return;
            }
        }
        inflater.end();
    }

    /** {@return the jar inside this jar at {@code name}; empty if there is none, or it is damaged} */
    public Optional<PackedJar> nested(String name) {
        ZipMember member = members.get(name);
        if (member == null || member.isDirectory()) {
            return Optional.empty();
        }
        return nested.computeIfAbsent(name, key -> {
            try {
                return Optional.of(index(digest, expand(member)));
            } catch (IOException notAJar) {
                return Optional.empty();
            }
        });
    }
}
