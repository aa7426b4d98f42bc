package io.mainstay.framework.content;

import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.connect.ConnectContent;

/**
 * One revision's view of a bundle in memory: OSGi Core 8, chapter 60. Lock-free and never asks Felix anything, because
 * Felix calls it from inside its own locks.
 *
 * <p><b>Embedded jars.</b> Felix copies a jar on Bundle-ClassPath to its cache, unless the content has a directory of
 * that name. So every jar inside this jar can also be asked for as a directory, {@code lib/x.jar/}, whose entries are
 * those of the inner jar. Only Felix's class path walks there: listings of the bundle's entries stay as they are.
 *
 * <p><b>Closing</b> changes nothing: Felix closes the content of revisions whose classes are still in use.
 */
final class BundleContent implements ConnectContent {
    private static final String JAR = ".jar";
    private static final String INNER = ".jar/";
    /** Felix's view of a directory on the class path; its requests are the ones that may see into inner jars. */
    private static final String CLASS_PATH_VIEW = "org.apache.felix.framework.cache.ContentDirectoryContent";

    private final BundleBytes bytes;
    private final LoaderSource loaders;

    /** Makes the class loader of whichever wiring asks for one on this thread. */
    @FunctionalInterface
    interface LoaderSource {
        Optional<ClassLoader> loader();
    }

    BundleContent(BundleBytes bytes, LoaderSource loaders) {
        this.bytes = bytes;
        this.loaders = loaders;
    }

    /** Felix parses the manifest itself, with the supplements of multi-release jars. */
    @Override
    public Optional<Map<String, String>> getHeaders() {
        return Optional.empty();
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
        return StackWalker.getInstance()
                .walk(frames -> frames.limit(8)
                        .map(StackWalker.StackFrame::getClassName)
                        .collect(Collectors.toSet())
                        .contains(CLASS_PATH_VIEW));
    }

    @Override
    public Optional<ConnectEntry> getEntry(String path) {
        Optional<ZipMember> member = bytes.find(path);
        if (member.isPresent()) {
            return Optional.of(new Entry(member.get().name(), member.get(), bytes));
        }
        int inner = path.indexOf(INNER);
        if (inner < 0) {
            return Optional.empty();
        }
        String jar = path.substring(0, inner + JAR.length());
        String rest = path.substring(inner + INNER.length());
        if (rest.isEmpty()) {
            return bytes.find(jar).filter(found -> !found.isDirectory()).map(found -> new Entry(path, found, null));
        }
        return bytes.nested(jar)
                .flatMap(nested -> nested.find(rest).map(found -> new Entry(jar + "/" + found.name(), found, nested)));
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
    private record Entry(String name, ZipMember member, BundleBytes source) implements ConnectEntry {
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
