package io.mainstay.framework.workshop;

import io.mainstay.framework.content.BundleClasses;
import io.mainstay.zip.MemoryUrl;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * Loads tests with the code of their bundle, and what that uses: no framework runs, so all bundles of the generation are one
 * class path behind it, those first that the bundle is wired to.
 */
final class TestLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private static final List<String> HOSTS = List.of(
            "java.", "org.osgi.framework.", "org.junit.", "org.opentest4j.", "org.apiguardian.", "io.mainstay.");

    private final SortedMap<String, byte[]> own;
    private final List<BundleClasses> others;

    /**
     * @param own the bundle's and the tests' classes and resources, by their paths
     * @param others the bundles of the generation
     */
    TestLoader(SortedMap<String, byte[]> own, List<BundleClasses> others) {
        super(TestLoader.class.getClassLoader());
        this.own = own;
        this.others = others;
    }

    /** Bundles' code before the host's, which may have another version of it; but for what is the host's in a framework, too. */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            boolean ofBundles = own.containsKey(path(name))
                    || HOSTS.stream().noneMatch(name::startsWith)
                            && others.stream()
                                    .anyMatch(other -> other.find(name).isPresent());
            if (loaded == null && ofBundles) {
                loaded = findClass(name);
            }
            return loaded == null ? super.loadClass(name, resolve) : loaded;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        Optional<byte[]> bytes = Optional.ofNullable(own.get(path(name)));
        for (int i = 0; bytes.isEmpty() && i < others.size(); i++) {
            bytes = others.get(i).find(name);
        }
        byte[] found = bytes.orElseThrow(() -> new ClassNotFoundException(name));
        return defineClass(name, found, 0, found.length);
    }

    private static String path(String name) {
        return name.replace('.', '/') + ".class";
    }

    @Override
    protected URL findResource(String name) {
        return all(name).findFirst().orElse(null);
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        return Collections.enumeration(all(name).toList());
    }

    private Stream<URL> all(String name) {
        return Stream.concat(
                        Optional.ofNullable(own.get(name)).stream(),
                        others.stream().flatMap(other -> other.resource(name).stream()))
                .map(bytes -> MemoryUrl.of(name, bytes));
    }
}
