package io.mainstay.framework.workshop;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * Loads tests with the code of their bundle, and what that uses: no framework runs, so all bundles of the generation are one
 * class path behind it, those first that the bundle is wired to.
 */
final class TestLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private final SortedMap<String, byte[]> own;
    private final List<Function<String, Optional<byte[]>>> others;

    /**
     * @param own the bundle's and the tests' classes and resources, by their paths
     * @param others give the class file of a class, by its binary name
     */
    TestLoader(SortedMap<String, byte[]> own, List<Function<String, Optional<byte[]>>> others) {
        super(TestLoader.class.getClassLoader());
        this.own = own;
        this.others = others;
    }

    /** The bundle's own code before the host's: the host may have another version of it. */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null && own.containsKey(path(name))) {
                loaded = findClass(name);
            }
            return loaded == null ? super.loadClass(name, resolve) : loaded;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        Optional<byte[]> bytes = Optional.ofNullable(own.get(path(name)));
        for (int i = 0; bytes.isEmpty() && i < others.size(); i++) {
            bytes = others.get(i).apply(name);
        }
        byte[] found = bytes.orElseThrow(() -> new ClassNotFoundException(name));
        return defineClass(name, found, 0, found.length);
    }

    private static String path(String name) {
        return name.replace('.', '/') + ".class";
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        byte[] bytes = own.get(name);
        return bytes == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(bytes);
    }
}
