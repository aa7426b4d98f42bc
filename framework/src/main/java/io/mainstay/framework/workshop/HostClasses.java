package io.mainstay.framework.workshop;

import io.mainstay.source.ClassPath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Classes of the framework's own class path, for packages that the system bundle exports. Those of the JDK are none of
 * them: the compiler has these, for the release that it is told.
 */
final class HostClasses implements ClassPath.Classes {
    /** There is one class path. */
    static final HostClasses ALL = new HostClasses();

    private static final String CLASS = ".class";

    private final ClassLoader loader = HostClasses.class.getClassLoader();
    private final Map<String, Map<String, Supplier<byte[]>>> known = new ConcurrentHashMap<>();

    private HostClasses() {}

    /** Whether there are classes of this package on the class path. */
    boolean has(String packageName) {
        return !of(packageName).isEmpty();
    }

    @Override
    public Map<String, Supplier<byte[]>> of(String packageName) {
        return known.computeIfAbsent(packageName, this::find);
    }

    private Map<String, Supplier<byte[]>> find(String packageName) {
        String folder = packageName.replace('.', '/') + "/";
        Map<String, Supplier<byte[]>> classes = new TreeMap<>();
        try {
            for (URL url : Collections.list(loader.getResources(folder))) {
                if (url.getProtocol().equals("file")) {
                    addFolder(Path.of(url.toURI()), classes);
                } else if (url.openConnection() instanceof JarURLConnection jar) {
                    addJar(jar, folder, classes);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read package " + packageName + " of the class path", e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return classes;
    }

    private static void addFolder(Path folder, Map<String, Supplier<byte[]>> classes) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(CLASS)).forEach(file -> {
                String name = file.getFileName().toString();
                classes.putIfAbsent(name.substring(0, name.length() - CLASS.length()), () -> read(file));
            });
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }

    private void addJar(JarURLConnection connection, String folder, Map<String, Supplier<byte[]>> classes)
            throws IOException {
        JarFile jar = connection.getJarFile(); // the JDK's own, which stays open
        jar.stream()
                .map(entry -> entry.getName())
                .filter(name ->
                        name.startsWith(folder) && name.endsWith(CLASS) && name.indexOf('/', folder.length()) < 0)
                .forEach(name -> classes.putIfAbsent(
                        name.substring(folder.length(), name.length() - CLASS.length()), () -> load(name)));
    }

    private byte[] load(String name) {
        try (InputStream in = loader.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + name + " of the class path", e);
        }
    }
}
