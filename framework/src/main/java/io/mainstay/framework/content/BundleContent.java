package io.mainstay.framework.content;

import io.mainstay.zip.PackedJar;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.osgi.framework.Constants;
import org.osgi.framework.connect.ConnectContent;

/**
 * One revision's view of a bundle in memory: OSGi Core 8, chapter 60. Lock-free and never asks Felix anything, because
 * Felix calls it from inside its own locks.
 *
 * <p><b>Embedded jars.</b> Felix copies a jar on Bundle-ClassPath to its cache, unless the content has a directory of
 * that name. So Felix's class path can also ask for every jar inside this jar as a directory, {@code lib/x.jar/}, whose
 * entries are those of the inner jar. Nobody else gets there: for who asks for the bundle's entries, a jar is a file.
 *
 * <p><b>Closing</b> changes nothing: Felix closes the content of revisions whose classes are still in use.
 */
final class BundleContent implements ConnectContent {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final String UPDATE_LOCATION = Constants.BUNDLE_UPDATELOCATION.toLowerCase(Locale.ROOT);
    private static final String JAR = ".jar";
    private static final String INNER = ".jar/";
    /** Felix's view of a directory on the class path; its requests are the ones that may see into inner jars. */
    private static final String CLASS_PATH_VIEW = "org.apache.felix.framework.cache.ContentDirectoryContent";
    /** Felix's method that makes an element of the class path of an entry. */
    private static final String CLASS_PATH_MAKER = "getEntryAsContent";

    private static final StackWalker WALKER = StackWalker.getInstance();

    private final PackedJar bytes;
    private final LoaderSource loaders;

    /** Makes the class loader of whichever wiring asks for one on this thread. */
    @FunctionalInterface
    interface LoaderSource {
        Optional<ClassLoader> loader();
    }

    BundleContent(PackedJar bytes, LoaderSource loaders) {
        this.bytes = bytes;
        this.loaders = loaders;
    }

    /**
     * Felix parses the manifest itself, but for one that says where updates come from: that is the store, whatever the
     * manifest says. Felix would ask for the content of that place, and several bundles may name the same.
     */
    @Override
    public Optional<Map<String, String>> getHeaders() {
        Optional<ZipMember> manifest = bytes.find(MANIFEST);
        if (manifest.isEmpty()) {
            return Optional.empty();
        }
        byte[] text = bytes.expand(manifest.get());
        if (!new String(text, StandardCharsets.ISO_8859_1)
                .toLowerCase(Locale.ROOT)
                .contains(UPDATE_LOCATION)) {
            return Optional.empty();
        }
        try {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            new Manifest(new ByteArrayInputStream(text))
                    .getMainAttributes()
                    .forEach((name, value) -> headers.put(name.toString(), value.toString()));
            headers.remove(Constants.BUNDLE_UPDATELOCATION);
            return Optional.of(headers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Iterable<String> getEntries() {
        List<String> names = bytes.names();
        if (names.stream().noneMatch(name -> name.endsWith(JAR)) || !askedByClassPath()) {
            return names;
        }
        return names.stream()
                .flatMap(
                        name -> name.endsWith(JAR) ? Stream.concat(Stream.of(name), innerNames(name)) : Stream.of(name))
                .toList();
    }

    private Stream<String> innerNames(String jar) {
        return bytes.nested(jar).stream()
                .flatMap(inner -> inner.names().stream())
                .map(name -> jar + "/" + name);
    }

    private static boolean askedByClassPath() {
        return asked(frame -> frame.getClassName().equals(CLASS_PATH_VIEW));
    }

    /** Whether Felix asks because it wants to put something on a class path. */
    private static boolean askedForClassPath() {
        return asked(frame -> frame.getMethodName().equals(CLASS_PATH_MAKER));
    }

    private static boolean asked(Predicate<StackWalker.StackFrame> by) {
        return WALKER.walk(frames -> frames.limit(8).anyMatch(by));
    }

    /** The stack is looked at when there is something to hide only: a class path has many more misses than hits. */
    @Override
    public Optional<ConnectEntry> getEntry(String path) {
        Optional<ZipMember> member = bytes.find(path);
        if (member.isPresent()) {
            return Optional.of(new Entry(member.get().name(), member.get(), bytes));
        }
        for (int at = path.indexOf(INNER); at >= 0; at = path.indexOf(INNER, at + 1)) {
            String jar = path.substring(0, at + JAR.length());
            Optional<ZipMember> file = bytes.find(jar).filter(found -> !found.isDirectory());
            if (file.isPresent()) {
                return inner(jar, file.get(), path.substring(at + INNER.length()));
            }
        }
        return Optional.empty();
    }

    private Optional<ConnectEntry> inner(String jar, ZipMember file, String name) {
        if (name.isEmpty()) {
            return askedForClassPath() ? Optional.of(new Entry(jar + "/", file, null)) : Optional.empty();
        }
        return bytes.nested(jar)
                .flatMap(nested -> nested.find(name).map(found -> new Entry(jar + "/" + found.name(), found, nested)))
                .filter(found -> askedByClassPath())
                .map(ConnectEntry.class::cast);
    }

    @Override
    public Optional<ClassLoader> getClassLoader() {
        return loaders.loader();
    }

    @Override
    public void open() {
        // the bytes were read and checked before Felix was told of them
    }

    @Override
    public void close() {
        // see the class comment
    }

    /** An entry; one without a source is the directory that stands for an inner jar. */
    private record Entry(String name, ZipMember member, PackedJar source) implements ConnectEntry {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public long getContentLength() {
            return source == null ? 0 : member.sizeBytes();
        }

        @Override
        public long getLastModified() {
            return member.modifiedMillis();
        }

        @Override
        public byte[] getBytes() {
            return source == null || member.isDirectory() ? new byte[0] : source.expand(member);
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(getBytes());
        }
    }
}
