package io.mainstay.intake;

import io.mainstay.store.ContentSource;
import io.mainstay.zip.ZipDirectory;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/** Reads jars by their directory, as the framework will, and refuses those that are damaged or try to trick it. */
final class SoundJar {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final Pattern ABSOLUTE = Pattern.compile("[/\\\\]|[A-Za-z]:");

    private SoundJar() {}

    /**
     * Reads every entry.
     *
     * @param taker says where the expanded bytes of an entry go; not asked for the manifest
     * @return the manifest, if there is one
     * @throws RefusedBundleException if the jar is not sound, or too large
     */
    static Optional<Manifest> read(ContentSource source, IntakeLimits limits, Function<ZipMember, OutputStream> taker)
            throws IOException {
        if (source.sizeBytes() > limits.maxBytes()) {
            throw refuse(
                    source,
                    "it has " + source.sizeBytes() + " bytes, the limit is " + limits.maxBytes()
                            + " (mainstay.intake.max.bytes)");
        }
        try (SeekableByteChannel channel = source.openSeekable();
                MemberReader reader = new MemberReader(source, limits)) {
            List<ZipMember> members = ZipDirectory.read(channel);
            checkNames(source, members);
            Optional<Manifest> manifest = Optional.empty();
            for (ZipMember member : members) {
                if (member.name().equals(MANIFEST)) {
                    manifest = Optional.of(parse(source, reader.bytes(channel, member)));
                } else {
                    reader.expand(channel, member, taker.apply(member));
                }
            }
            return manifest;
        } catch (ZipException e) {
            throw new RefusedBundleException(source.name(), e.getMessage(), e);
        }
    }

    /**
     * Reads nothing but the manifest.
     *
     * @throws RefusedBundleException if the jar cannot be read so far
     */
    static Optional<Manifest> manifest(ContentSource source) throws IOException {
        try (SeekableByteChannel channel = source.openSeekable();
                MemberReader reader = new MemberReader(source, IntakeLimits.DEFAULT)) {
            for (ZipMember member : ZipDirectory.read(channel)) {
                if (member.name().equals(MANIFEST)) {
                    return Optional.of(parse(source, reader.bytes(channel, member)));
                }
            }
            return Optional.empty();
        } catch (ZipException e) {
            throw new RefusedBundleException(source.name(), e.getMessage(), e);
        }
    }

    private static void checkNames(ContentSource source, List<ZipMember> members) {
        Set<String> seen = new HashSet<>();
        for (ZipMember member : members) {
            String name = member.name();
            if (name.isEmpty() || name.indexOf('\0') >= 0) {
                throw refuse(source, "it has an entry without a usable name");
            }
            if (ABSOLUTE.matcher(name).lookingAt()) {
                throw refuse(source, "its entry " + name + " has an absolute name");
            }
            if (List.of(name.split("[/\\\\]")).contains("..")) {
                throw refuse(source, "its entry " + name + " escapes by '..'");
            }
            if (!seen.add(name)) {
                throw refuse(source, "its entry " + name + " is there twice");
            }
        }
    }

    static Manifest parse(ContentSource source, byte[] bytes) {
        try {
            return new Manifest(new ByteArrayInputStream(bytes));
        } catch (IOException | IllegalArgumentException e) {
            throw new RefusedBundleException(source.name(), "its manifest is broken: " + e.getMessage(), e);
        }
    }

    private static RefusedBundleException refuse(ContentSource source, String finding) {
        return new RefusedBundleException(source.name(), finding);
    }
}
