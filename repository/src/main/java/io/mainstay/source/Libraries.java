package io.mainstay.source;

import io.mainstay.store.Digest;
import io.mainstay.zip.MemoryUrl;
import io.mainstay.zip.PackedJar;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The jars that only the compiler needs: annotations, annotation processors. Immutable. */
final class Libraries {
    private static final String PROCESSORS = "META-INF/services/javax.annotation.processing.Processor";

    private final List<PackedJar> jars;

    private Libraries(List<PackedJar> jars) {
        this.jars = jars;
    }

    static Libraries of(Project project) {
        List<PackedJar> jars = new ArrayList<>();
        project.below(Project.LIBRARIES).forEach((path, bytes) -> {
            if (path.endsWith(".jar")) {
                jars.add(PackedJar.of(Digest.of(bytes), bytes));
            }
        });
        return new Libraries(jars);
    }

    Map<String, Supplier<byte[]>> classes(String packageName) {
        String folder = packageName.isEmpty() ? "" : packageName.replace('.', '/') + "/";
        Map<String, Supplier<byte[]>> classes = new TreeMap<>();
        for (PackedJar jar : jars) {
            for (String name : jar.names()) {
                if (name.startsWith(folder) && name.endsWith(".class") && name.indexOf('/', folder.length()) < 0) {
                    classes.putIfAbsent(
                            name.substring(folder.length(), name.length() - ".class".length()),
                            () -> jar.expand(jar.find(name).orElseThrow()));
                }
            }
        }
        return classes;
    }

    List<PackedJar> jars() {
        return jars;
    }

    boolean hasProcessors() {
        return jars.stream().anyMatch(jar -> jar.find(PROCESSORS).isPresent());
    }

    /** {@return a class loader for annotation processors} */
    ClassLoader loader() {
        return new Loader(this);
    }

    Optional<byte[]> bytes(String name) {
        for (PackedJar jar : jars) {
            Optional<ZipMember> member = jar.find(name);
            if (member.isPresent()) {
                return Optional.of(jar.expand(member.get()));
            }
        }
        return Optional.empty();
    }

    private static final class Loader extends ClassLoader {
        private final Libraries libraries;

        Loader(Libraries libraries) {
            super(ClassLoader.getPlatformClassLoader());
            this.libraries = libraries;
        }

        /** The compiler's own API has to be the one that the compiler uses. */
        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = libraries
                    .bytes(name.replace('.', '/') + ".class")
                    .orElseThrow(() -> new ClassNotFoundException(name));
            return defineClass(name, bytes, 0, bytes.length);
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            return libraries
                    .bytes(name)
                    .<InputStream>map(ByteArrayInputStream::new)
                    .orElseGet(() -> super.getResourceAsStream(name));
        }

        @Override
        protected URL findResource(String name) {
            return libraries.bytes(name).map(bytes -> MemoryUrl.of(name, bytes)).orElse(null);
        }

        @Override
        protected Enumeration<URL> findResources(String name) {
            return Collections.enumeration(libraries.jars.stream()
                    .flatMap(jar -> jar.find(name).map(jar::expand).stream())
                    .map(bytes -> MemoryUrl.of(name, bytes))
                    .toList());
        }
    }
}
