package io.mainstay.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;

/**
 * The compiler's view of files: the platform's classes from the JDK, all else from memory. It is a
 * {@link StandardJavaFileManager} because the compiler takes {@code --release} with no other; files and paths, which that
 * speaks of, there are none here.
 */
final class MemoryFiles extends ForwardingJavaFileManager<StandardJavaFileManager> implements StandardJavaFileManager {
    private final SortedMap<String, byte[]> own;
    private final ClassPath classPath;
    private final Libraries libraries;
    private final SortedMap<String, byte[]> written = new TreeMap<>();
    private final Map<String, Collection<JavaFileObject>> listed = new HashMap<>();

    MemoryFiles(
            StandardJavaFileManager platform, SortedMap<String, byte[]> own, ClassPath classPath, Libraries libraries) {
        super(platform);
        this.own = own;
        this.classPath = classPath;
        this.libraries = libraries;
    }

    /** {@return what was written, by its path} */
    SortedMap<String, byte[]> written() {
        return written;
    }

    boolean hasProcessors() {
        return libraries.hasProcessors();
    }

    private static boolean isOurs(Location location) {
        return location == StandardLocation.CLASS_PATH
                || location == StandardLocation.SOURCE_PATH
                || location == StandardLocation.CLASS_OUTPUT
                || location == StandardLocation.SOURCE_OUTPUT
                || location == StandardLocation.ANNOTATION_PROCESSOR_PATH;
    }

    @Override
    public boolean hasLocation(Location location) {
        return switch (location instanceof StandardLocation standard
                ? standard
                : StandardLocation.PLATFORM_CLASS_PATH) {
            case CLASS_PATH -> true;
            case ANNOTATION_PROCESSOR_PATH -> hasProcessors();
            // the compiler would look for a folder
            case SOURCE_PATH, SOURCE_OUTPUT, CLASS_OUTPUT -> false;
            default -> super.hasLocation(location);
        };
    }

    @Override
    public ClassLoader getClassLoader(Location location) {
        return isOurs(location) ? libraries.loader() : super.getClassLoader(location);
    }

    @Override
    public Iterable<JavaFileObject> list(Location location, String packageName, Set<Kind> kinds, boolean recurse)
            throws IOException {
        if (!isOurs(location)) {
            return super.list(location, packageName, kinds, recurse);
        }
        return location == StandardLocation.CLASS_PATH && kinds.contains(Kind.CLASS)
                ? listed.computeIfAbsent(packageName, this::classes)
                : List.of();
    }

    private Collection<JavaFileObject> classes(String packageName) {
        Map<String, Supplier<byte[]>> classes = new TreeMap<>();
        String folder = packageName.isEmpty() ? "" : packageName.replace('.', '/') + "/";
        own.subMap(folder, folder + Character.MAX_VALUE).forEach((path, bytes) -> {
            if (path.endsWith(".class") && path.indexOf('/', folder.length()) < 0) {
                classes.put(path.substring(folder.length(), path.length() - 6), () -> bytes);
            }
        });
        classPath.classes(packageName).forEach(classes::putIfAbsent);
        libraries.classes(packageName).forEach(classes::putIfAbsent);
        List<JavaFileObject> files = new ArrayList<>();
        classes.forEach((name, bytes) -> files.add(new Binary(folder + name, bytes)));
        return files;
    }

    @Override
    public String inferBinaryName(Location location, JavaFileObject file) {
        return file instanceof Binary binary ? binary.path.replace('/', '.') : super.inferBinaryName(location, file);
    }

    @Override
    public boolean isSameFile(FileObject one, FileObject other) {
        return one.toUri().equals(other.toUri());
    }

    @Override
    public boolean contains(Location location, FileObject file) throws IOException {
        return isOurs(location)
                ? location == StandardLocation.CLASS_PATH && file instanceof Binary
                : super.contains(location, file);
    }

    @Override
    public JavaFileObject getJavaFileForInput(Location location, String className, Kind kind) throws IOException {
        if (!isOurs(location)) {
            return super.getJavaFileForInput(location, className, kind);
        }
        byte[] bytes = written.get(className.replace('.', '/') + kind.extension);
        return bytes == null ? null : new Binary(className.replace('.', '/'), () -> bytes);
    }

    @Override
    public FileObject getFileForInput(Location location, String packageName, String name) throws IOException {
        if (!isOurs(location)) {
            return super.getFileForInput(location, packageName, name);
        }
        String path = path(packageName, name);
        byte[] bytes = written.get(path);
        return bytes == null ? null : new Binary(path, () -> bytes);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(Location location, String className, Kind kind, FileObject sibling) {
        return new Written(className.replace('.', '/') + kind.extension, kind);
    }

    @Override
    public FileObject getFileForOutput(Location location, String packageName, String name, FileObject sibling) {
        return new Written(path(packageName, name), Kind.OTHER);
    }

    private static String path(String packageName, String name) {
        return packageName.isEmpty() ? name : packageName.replace('.', '/') + "/" + name;
    }

    @Override
    public Iterable<? extends JavaFileObject> getJavaFileObjectsFromFiles(Iterable<? extends File> files) {
        return fileManager.getJavaFileObjectsFromFiles(files);
    }

    @Override
    public Iterable<? extends JavaFileObject> getJavaFileObjects(File... files) {
        return fileManager.getJavaFileObjects(files);
    }

    @Override
    public Iterable<? extends JavaFileObject> getJavaFileObjectsFromStrings(Iterable<String> names) {
        return fileManager.getJavaFileObjectsFromStrings(names);
    }

    @Override
    public Iterable<? extends JavaFileObject> getJavaFileObjects(String... names) {
        return fileManager.getJavaFileObjects(names);
    }

    @Override
    public void setLocation(Location location, Iterable<? extends File> files) throws IOException {
        fileManager.setLocation(location, files);
    }

    @Override
    public Iterable<? extends File> getLocation(Location location) {
        return isOurs(location) ? List.of() : fileManager.getLocation(location);
    }

    @Override
    public Iterable<? extends Path> getLocationAsPaths(Location location) {
        return isOurs(location) ? List.of() : fileManager.getLocationAsPaths(location);
    }

    private static URI uri(String path) {
        try {
            return new URI("store", "", "/" + path, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(path, e);
        }
    }

    /** One source file. */
    static final class Source extends SimpleJavaFileObject {
        private final String path;
        private final String text;

        Source(String path, String text) {
            super(MemoryFiles.uri(path), Kind.SOURCE);
            this.path = path;
            this.text = text;
        }

        String path() {
            return path;
        }

        String line(long row) {
            return row < 1
                    ? ""
                    : text.lines().skip(row - 1).findFirst().orElse("").stripTrailing();
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /** One class file that is there. */
    private static final class Binary extends SimpleJavaFileObject {
        private final String path;
        private final Supplier<byte[]> bytes;

        Binary(String path, Supplier<byte[]> bytes) {
            super(MemoryFiles.uri(path + ".class"), Kind.CLASS);
            this.path = path;
            this.bytes = bytes;
        }

        @Override
        public InputStream openInputStream() {
            return new ByteArrayInputStream(bytes.get());
        }
    }

    /** One file that is written: classes, and what annotation processors make. */
    private final class Written extends SimpleJavaFileObject {
        private final String path;

        Written(String path, Kind kind) {
            super(MemoryFiles.uri(path), kind);
            this.path = path;
        }

        @Override
        public OutputStream openOutputStream() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            return new FilterOutputStream(bytes) {
                @Override
                public void write(byte[] some, int from, int count) throws IOException {
                    out.write(some, from, count);
                }

                @Override
                public void close() {
                    written.put(path, bytes.toByteArray());
                }
            };
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return new String(written.getOrDefault(path, new byte[0]), StandardCharsets.UTF_8);
        }

        @Override
        public InputStream openInputStream() {
            return new ByteArrayInputStream(written.getOrDefault(path, new byte[0]));
        }
    }
}
