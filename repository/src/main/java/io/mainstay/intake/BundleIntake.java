package io.mainstay.intake;

import io.mainstay.repository.ResourceIndexer;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.zip.ZipDirectory;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** Checks bundles before they are stored. Immutable; safe to share between threads. */
public final class BundleIntake {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final Pattern SYMBOLIC_NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    private static final Set<String> SYSTEM_BUNDLE =
            Set.of(Constants.SYSTEM_BUNDLE_SYMBOLICNAME, "org.apache.felix.framework");

    private final IntakeLimits limits;

    /** Makes an intake with these limits. */
    public BundleIntake(IntakeLimits limits) {
        this.limits = limits;
    }

    /**
     * Reads all of a bundle and checks it, at constant memory.
     *
     * @throws RefusedBundleException if it is not sound, or cannot run from the store; the message says why
     * @throws IOException if it cannot be read
     */
    public CheckedBundle check(ContentSource source) throws IOException {
        if (source.sizeBytes() > limits.maxBytes()) {
            throw refuse(
                    source,
                    "it has " + source.sizeBytes() + " bytes, the limit is " + limits.maxBytes()
                            + " (mainstay.intake.max.bytes)");
        }
        Manifest manifest = readMembers(source);
        Map<String, String> headers = headers(manifest);
        Content content = describe(source, headers);
        refuseWhatCannotRun(source, headers);
        return new CheckedBundle(content, source, ResourceIndexer.index(content));
    }

    private Manifest readMembers(ContentSource source) throws IOException {
        try (SeekableByteChannel channel = source.openSeekable()) {
            List<ZipMember> members = ZipDirectory.read(channel);
            checkNames(source, members);
            MemberReader reader = new MemberReader(source, limits);
            Manifest manifest = null;
            for (ZipMember member : members) {
                if (member.name().equals(MANIFEST)) {
                    manifest = parse(source, reader.bytes(channel, member));
                } else {
                    reader.check(channel, member);
                }
            }
            if (manifest == null) {
                throw notABundle(source, "it has no " + MANIFEST);
            }
            return manifest;
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
            if (name.startsWith("/") || name.startsWith("\\") || name.matches("[A-Za-z]:.*")) {
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

    private static Manifest parse(ContentSource source, byte[] bytes) {
        try {
            return new Manifest(new ByteArrayInputStream(bytes));
        } catch (IOException | IllegalArgumentException e) {
            throw new RefusedBundleException(source.name(), "its manifest is broken: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> headers(Manifest manifest) {
        Map<String, String> headers = new HashMap<>();
        manifest.getMainAttributes().forEach((name, value) -> headers.put(name.toString(), value.toString()));
        return headers;
    }

    private static Content describe(ContentSource source, Map<String, String> headers) throws IOException {
        String name = Optional.ofNullable(headers.get(Constants.BUNDLE_SYMBOLICNAME))
                .map(header -> header.split(";", 2)[0].strip())
                .orElseThrow(() -> notABundle(source, "its manifest has no Bundle-SymbolicName"));
        if (!SYMBOLIC_NAME.matcher(name).matches()) {
            throw refuse(source, "its Bundle-SymbolicName '" + name + "' is not one (OSGi Core 8, 1.3.2)");
        }
        String manifestVersion =
                headers.getOrDefault(Constants.BUNDLE_MANIFESTVERSION, "").strip();
        if (!manifestVersion.equals("2")) {
            throw refuse(
                    source,
                    "its Bundle-ManifestVersion is "
                            + (manifestVersion.isEmpty() ? "missing" : "'" + manifestVersion + "'")
                            + "; only 2 is supported. If it is a plain jar, --wrap makes it a bundle");
        }
        String version = headers.getOrDefault(Constants.BUNDLE_VERSION, "0").strip();
        try {
            return new Content(hash(source), source.sizeBytes(), name, Version.parseVersion(version), headers);
        } catch (IllegalArgumentException e) {
            throw new RefusedBundleException(
                    source.name(), "its Bundle-Version '" + version + "' is not one: " + e.getMessage(), e);
        }
    }

    private static Digest hash(ContentSource source) throws IOException {
        MessageDigest hash = Digest.algorithm();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = source.open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hash.update(buffer, 0, count);
            }
        }
        return Digest.finish(hash.digest());
    }

    /** Extensions become part of the framework's own class path, which exists before any bundle is read. */
    private static void refuseWhatCannotRun(ContentSource source, Map<String, String> headers) {
        String host = headers.getOrDefault(Constants.FRAGMENT_HOST, "")
                .split(";", 2)[0]
                .strip();
        if (SYSTEM_BUNDLE.contains(host)) {
            throw refuse(
                    source,
                    "it is a framework extension (Fragment-Host: " + host
                            + "), which cannot be taken from a database into a running framework; put it on the class path"
                            + " of the launcher and export its packages with org.osgi.framework.system.packages.extra");
        }
    }

    private static RefusedBundleException notABundle(ContentSource source, String finding) {
        return refuse(source, finding + ", so it is no bundle; --wrap makes one of it");
    }

    private static RefusedBundleException refuse(ContentSource source, String finding) {
        return new RefusedBundleException(source.name(), finding);
    }
}
