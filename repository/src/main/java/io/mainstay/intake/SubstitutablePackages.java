package io.mainstay.intake;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.zip.ZipMember;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;

/**
 * The packages that a bundle exports and imports (OSGi Core 8, 3.7.3): new code may use them from where the users of old
 * code have them, if they are the same. What is in them is noted among the headers, so that a plan can tell without
 * opening the jar. Packages of inner jars, and imports that ask for more than a version, are left out.
 */
final class SubstitutablePackages {
    private static final String VERSIONS = "META-INF/versions/\\d{1,4}/";
    /** Directives that say when to import, not what. */
    private static final String DIRECTIVE = ":";

    /** Package to the range of versions that is imported. */
    private final Map<String, String> ranges = new TreeMap<>();
    /** Package to the digests of its entries. */
    private final Map<String, Map<String, MessageDigest>> entries = new TreeMap<>();

    private SubstitutablePackages() {}

    static SubstitutablePackages of(Optional<Manifest> manifest) {
        SubstitutablePackages found = new SubstitutablePackages();
        manifest.map(Manifest::getMainAttributes).ifPresent(headers -> {
            String path = headers.getValue(Constants.BUNDLE_CLASSPATH);
            if (path == null || path.strip().equals(".")) {
                found.read(headers.getValue(Constants.EXPORT_PACKAGE), headers.getValue(Constants.IMPORT_PACKAGE));
            }
        });
        return found;
    }

    private void read(String exported, String imported) {
        Parameters exports = OSGiHeader.parseHeader(exported);
        Parameters imports = OSGiHeader.parseHeader(imported);
        imports.forEach((name, attributes) -> {
            boolean plain = attributes.keySet().stream()
                    .allMatch(key -> key.equals(Constants.VERSION_ATTRIBUTE) || key.endsWith(DIRECTIVE));
            boolean once = !exports.containsKey(name + "~") && !imports.containsKey(name + "~");
            Attrs export = exports.get(name);
            if (export != null && plain && once && !export.containsKey(Constants.MANDATORY_DIRECTIVE + DIRECTIVE)) {
                ranges.put(name, attributes.getOrDefault(Constants.VERSION_ATTRIBUTE, "0"));
                entries.put(name, new TreeMap<>());
            }
        });
    }

    /** {@return where an entry of such a package goes} */
    Optional<OutputStream> taker(ZipMember member) {
        String path = member.name().replaceFirst(VERSIONS, "");
        int slash = path.lastIndexOf('/');
        Map<String, MessageDigest> digests =
                slash <= 0 ? null : entries.get(path.substring(0, slash).replace('/', '.'));
        if (digests == null || member.isDirectory()) {
            return Optional.empty();
        }
        MessageDigest digest = Digest.algorithm();
        digests.put(member.name(), digest);
        return Optional.of(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    }

    /** Notes for each what is in it, and which versions of it would do. */
    void addTo(Map<String, String> headers) {
        entries.forEach((name, digests) -> {
            MessageDigest all = Digest.algorithm();
            digests.forEach((entry, digest) -> {
                all.update(entry.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                all.update((byte) 0);
                all.update(digest.digest());
            });
            if (!digests.isEmpty()) {
                headers.put(
                        Content.SUBSTITUTABLE + name,
                        Digest.finish(all.digest()).hex() + " " + ranges.get(name));
            }
        });
    }
}
