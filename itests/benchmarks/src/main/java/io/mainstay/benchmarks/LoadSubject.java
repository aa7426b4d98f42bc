package io.mainstay.benchmarks;

import io.mainstay.framework.Mainstay;
import io.mainstay.store.ContentSource;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** Loads all classes of a bundle in one system. */
final class LoadSubject {
    static final String MAINSTAY = "Mainstay";
    static final String FELIX = "Felix, file";
    static final String URL = "URLClassLoader";

    /** What the compiler has left of the start is not part of it. */
    private static final long SETTLE_MILLIS = 1000;

    private LoadSubject() {}

    /** Gives a class by its name. */
    @FunctionalInterface
    private interface Loading {
        Class<?> load(String name) throws ClassNotFoundException;
    }

    /** Runs: system, jar, number of classes. */
    public static void main(String[] arguments) throws Exception {
        Path jar = Path.of(arguments[1]);
        int count = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case MAINSTAY -> {
                try (Mainstay mainstay = Mainstay.open("jdbc:derby:store")) {
                    mainstay.commit("Many", mainstay.check(ContentSource.of(jar)));
                    mainstay.start();
                    measure(find(mainstay.context().getBundles())::loadClass, count);
                }
            }
            case FELIX -> {
                Framework framework = felix(Map.of("org.osgi.framework.storage", "felix-cache"));
                framework.start();
                framework
                        .getBundleContext()
                        .installBundle(jar.toUri().toString())
                        .start();
                measure(find(framework.getBundleContext().getBundles())::loadClass, count);
                framework.stop();
                framework.waitForStop(0);
            }
            default -> {
                try (URLClassLoader loader =
                        new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
                    measure(loader::loadClass, count);
                }
            }
        }
        System.exit(0);
    }

    /** {@return a plain Felix: ours is a factory, too} */
    static Framework felix(Map<String, String> properties) {
        return ServiceLoader.load(FrameworkFactory.class).stream()
                .filter(found -> found.type().getName().startsWith("org.apache.felix."))
                .findFirst()
                .orElseThrow()
                .get()
                .newFramework(properties);
    }

    private static Bundle find(Bundle[] bundles) {
        for (Bundle bundle : bundles) {
            if ("benchmark.many".equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new IllegalStateException("The bundle is not there");
    }

    private static void measure(Loading loading, int count) throws Exception {
        Thread.sleep(SETTLE_MILLIS);
        Meter meter = new Meter();
        for (int i = 0; i < count; i++) {
            loading.load("many.C" + i);
        }
        meter.tellExactly();
        Meter.tellPeak();
    }
}
