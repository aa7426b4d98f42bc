package io.mainstay.intake;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;
import org.osgi.framework.VersionRange;

/**
 * The packages that a bundle exports and imports (OSGi Core 8, 3.7.3): new code may use them from where the users of old
 * code have them, if they are the same. What is in them is noted among the headers, so that a plan can tell without
 * opening the jar. Left out are packages of inner jars, imports that ask for more than a version, and packages whose classes
 * know others of the bundle: through these, users would get to old code that was stopped.
 */
final class SubstitutablePackages {
    private static final Pattern VERSIONS = Pattern.compile("^META-INF/versions/\\d{1,4}/");
    private static final String CLASS = ".class";
    /** Directives that say when to import, not what. */
    private static final String DIRECTIVE = ":";
    /** Of all classes of such packages; a bundle with more is none of those that are mostly API. */
    private static final int MOST_BYTES = 16 << 20;

    /** Package to the range of versions that is imported. */
    private final Map<String, String> ranges = new TreeMap<>();
    /** Package to what is in its entries. */
    private final Map<String, Map<String, ByteArrayOutputStream>> entries = new TreeMap<>();
    /** The bundle's other classes, as class files name them. */
    private final Set<String> others = new HashSet<>();
    /** Whether any of these is in no package: most words of a class are no names of such. */
    private boolean inDefaultPackage;

    private long bytes;

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
            String range = attributes.getOrDefault(Constants.VERSION_ATTRIBUTE, "0");
            if (export != null
                    && plain
                    && once
                    && isRange(range)
                    && !export.containsKey(Constants.MANDATORY_DIRECTIVE + DIRECTIVE)) {
                ranges.put(name, range);
                entries.put(name, new TreeMap<>());
            }
        });
    }

    private static boolean isRange(String text) {
        try {
            VersionRange.valueOf(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** {@return where an entry of such a package goes} */
    Optional<OutputStream> taker(ZipMember member) {
        String path = VERSIONS.matcher(member.name()).replaceFirst("");
        int slash = path.lastIndexOf('/');
        Map<String, ByteArrayOutputStream> own =
                slash <= 0 ? null : entries.get(path.substring(0, slash).replace('/', '.'));
        if (own == null || member.isDirectory()) {
            if (path.endsWith(CLASS)) {
                others.add(path.substring(0, path.length() - CLASS.length()));
                inDefaultPackage |= slash < 0;
            }
            return Optional.empty();
        }
        bytes += member.sizeBytes();
        if (bytes > MOST_BYTES) {
            entries.clear();
            return Optional.empty();
        }
        return Optional.of(own.computeIfAbsent(member.name(), name -> new ByteArrayOutputStream()));
    }

    /** Notes for each what is in it, and which versions of it would do. */
    void addTo(Map<String, String> headers) {
        entries.forEach((name, own) -> {
            if (!own.isEmpty() && own.entrySet().stream().noneMatch(this::knowsOthers)) {
                headers.put(Content.SUBSTITUTABLE + name, digest(own).hex() + " " + ranges.get(name));
            }
        });
    }

    private static Digest digest(Map<String, ByteArrayOutputStream> own) {
        MessageDigest all = Digest.algorithm();
        own.forEach((entry, bytes) -> {
            all.update(entry.getBytes(StandardCharsets.UTF_8));
            all.update((byte) 0);
            all.update(Digest.of(bytes.toByteArray()).hex().getBytes(StandardCharsets.US_ASCII));
        });
        return Digest.finish(all.digest());
    }

    private boolean knowsOthers(Map.Entry<String, ByteArrayOutputStream> entry) {
        if (!entry.getKey().endsWith(CLASS)) {
            return false;
        }
        try {
            return ConstantPool.texts(entry.getValue().toByteArray()).stream().anyMatch(this::namesOther);
        } catch (IOException e) {
            return true; // no class file; nobody knows
        }
    }

    /** Without regular expressions: there are thousands of texts in a bundle, and this is half of its intake with them. */
    private boolean namesOther(String text) {
        int begin = 0;
        boolean qualified = false;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || !isPartOfName(text.charAt(i))) {
                if (i > begin && (qualified || inDefaultPackage) && isOther(text, begin, i)) {
                    return true;
                }
                begin = i + 1;
                qualified = false;
            } else if (text.charAt(i) == '/') {
                qualified = true;
            }
        }
        return false;
    }

    /** Names may have all characters but a few (The Java Virtual Machine Specification, 4.2.2); signatures have some more (4.7.9.1). */
    private static boolean isPartOfName(char c) {
        return ".;[()<>:".indexOf(c) < 0;
    }

    /** A name may stand alone, or in a descriptor, after an L: behind primitive types, or a wildcard. */
    private boolean isOther(String text, int begin, int end) {
        int name = begin;
        while (name < end && "BCDFIJSZ+-*".indexOf(text.charAt(name)) >= 0) {
            name++;
        }
        return others.contains(text.substring(begin, end))
                || name < end && text.charAt(name) == 'L' && others.contains(text.substring(name + 1, end));
    }
}
