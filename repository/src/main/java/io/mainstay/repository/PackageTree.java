package io.mainstay.repository;

import aQute.bnd.differ.DiffPluginImpl;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Processor;
import aQute.bnd.service.diff.Delta;
import aQute.bnd.service.diff.Diff;
import aQute.bnd.service.diff.Tree;
import aQute.bnd.service.diff.Type;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.osgi.framework.Constants;

/**
 * What a bundle's packages promise, as bnd reads it from the class files. The class files are let go when it is made, so
 * that of two bundles that are compared one at a time is in memory.
 */
final class PackageTree {
    /** So many bytes of code are compared; the largest bundles known have a tenth of it. */
    private static final long MOST_BYTES = 512L << 20;

    private final Tree api;

    private PackageTree(Tree api) {
        this.api = api;
    }

    /**
     * Reads the packages.
     *
     * @param headers the bundle's manifest
     * @param packages those that are looked at
     * @param bytes the bundle; closed here
     * @throws IOException if it cannot be read, or has class files that bnd does not understand
     */
    static PackageTree read(Map<String, String> headers, Set<String> packages, InputStream bytes) throws IOException {
        Parameters classPath = OSGiHeader.parseHeader(headers.get(Constants.BUNDLE_CLASSPATH));
        try (InputStream closing = bytes;
                Jar jar = code(closing, classPath)) {
            jar.setManifest(manifest(headers, packages));
            try (Analyzer analyzer = new Analyzer(jar)) {
                if (!classPath.isEmpty()) {
                    analyzer.setProperty(Constants.BUNDLE_CLASSPATH, classPath.toString());
                }
                DiffPluginImpl differ = new DiffPluginImpl();
                differ.setIgnore("*"); // resources and headers: only packages are asked for
                Tree api = differ.tree(analyzer).get("<api>");
                requireUnderstood(analyzer);
                return new PackageTree(api);
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception e) { // bnd declares no less, and does not say what garbage makes it throw
            throw new IOException("its class files cannot be read: " + e, e);
        }
    }

    /** A class that bnd passes over would look like one that is gone. */
    private static void requireUnderstood(Analyzer analyzer) throws IOException {
        for (String error : analyzer.getErrors()) {
            if (error.toLowerCase(Locale.ROOT).contains("class")) {
                throw new IOException(error.replaceAll("\\s*\\R\\s*", " "));
            }
        }
    }

    /** {@return a jar with the class files, and the jars and folders of the bundle's class path} */
    private static Jar code(InputStream bytes, Parameters classPath) throws IOException {
        Jar jar = new Jar("code");
        long left = MOST_BYTES;
        ZipInputStream zip = new ZipInputStream(bytes);
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            String name = entry.getName();
            boolean wanted = name.endsWith(".class") && !name.startsWith("META-INF/")
                    || classPath.keySet().stream()
                            .anyMatch(one -> one.replaceFirst("^/", "").equals(name));
            if (wanted && !entry.isDirectory()) {
                byte[] content = zip.readNBytes((int) Math.min(left + 1, Integer.MAX_VALUE - 8));
                left -= content.length;
                if (left < 0) {
                    throw new IOException("it has more than " + (MOST_BYTES >> 20) + " MiB of class files");
                }
                jar.putResource(name, new EmbeddedResource(content, 0));
            }
        }
        return jar;
    }

    private static Manifest manifest(Map<String, String> headers, Set<String> packages) {
        Parameters exports = OSGiHeader.parseHeader(headers.get(Constants.EXPORT_PACKAGE));
        exports.keySet().removeIf(name -> !packages.contains(Processor.removeDuplicateMarker(name)));
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        main.putValue(Constants.EXPORT_PACKAGE, exports.toString());
        return manifest;
    }

    /** {@return what breaks users or implementers of a package of {@code older}, the most telling first; empty if nothing does} */
    List<String> breaks(PackageTree older, String packageName) {
        Tree mine = api.get(packageName);
        Tree its = older.api.get(packageName);
        if (its == null) {
            return List.of();
        }
        if (mine == null) {
            return List.of("it has no class any more");
        }
        Diff found = mine.diff(its);
        if (found.getDelta() != Delta.MAJOR) {
            return List.of();
        }
        List<Difference> all = new ArrayList<>();
        found.getChildren().forEach(child -> collect(child, "", all));
        return all.stream()
                .sorted(Comparator.comparingInt(Difference::rank))
                .map(Difference::text)
                .distinct()
                .toList();
    }

    /**
     * One thing that breaks users.
     *
     * @param rank how little it tells: types that are gone come first
     * @param text what it is, for people
     */
    private record Difference(int rank, String text) {}

    /** Goes down to where the difference is. */
    private static void collect(Diff diff, String owner, List<Difference> all) {
        if (!isMajor(diff)) {
            return;
        }
        boolean removed = diff.getDelta() == Delta.REMOVED;
        if (removed || diff.getDelta() == Delta.ADDED) {
            all.add(difference(diff, owner, removed));
            return;
        }
        String here = subject(diff, owner);
        diff.getChildren().forEach(child -> collect(child, here, all));
    }

    private static boolean isMajor(Diff diff) {
        return switch (diff.getDelta()) {
            case MAJOR -> true;
            case REMOVED -> diff.getOlder().ifRemoved() == Delta.MAJOR;
            case ADDED -> diff.getNewer().ifAdded() == Delta.MAJOR;
            case IGNORED, UNCHANGED, CHANGED, MICRO, MINOR -> false;
        };
    }

    private static Difference difference(Diff diff, String owner, boolean removed) {
        String name = brief(diff.getName());
        return switch (diff.getType()) {
            case CLASS, INTERFACE, ENUM, ANNOTATION ->
                new Difference(0, subject(diff, owner) + (removed ? " is removed" : " is added"));
            case METHOD, FIELD ->
                removed
                        ? new Difference(1, subject(diff, owner) + " is removed")
                        : new Difference(
                                2,
                                subject(diff, owner)
                                        + " is added, which users of the package would have to implement"
                                        + " (@ProviderType on the type says that they do not)");
            case RETURN -> new Difference(2, owner + (removed ? " no longer returns " : " returns now ") + name);
            case EXTENDS -> new Difference(3, owner + (removed ? " no longer extends " : " extends now ") + name);
            case IMPLEMENTS ->
                new Difference(3, owner + (removed ? " no longer implements " : " implements now ") + name);
            case ACCESS -> new Difference(3, owner + (removed ? " is no longer " : " is now ") + name);
            default ->
                new Difference(
                        4,
                        owner + " has " + (removed ? "lost " : "got ")
                                + diff.getType().name().toLowerCase(Locale.ROOT) + " " + name);
        };
    }

    /** {@return what people call it: the kind, and the name with that of its type} */
    private static String subject(Diff diff, String owner) {
        String kind = diff.getType().name().toLowerCase(Locale.ROOT);
        boolean member = diff.getType() == Type.METHOD || diff.getType() == Type.FIELD;
        String type = member ? owner.substring(owner.indexOf(' ') + 1) + "." : "";
        return (diff.getName().startsWith("<init>") ? "constructor" : kind) + " " + type
                + brief(diff.getName()).replace("<init>", "");
    }

    private static String brief(String name) {
        return name.replace("java.lang.", "");
    }
}
