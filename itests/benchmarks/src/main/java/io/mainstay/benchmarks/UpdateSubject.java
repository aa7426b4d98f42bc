package io.mainstay.benchmarks;

import io.mainstay.framework.Mainstay;
import io.mainstay.store.ContentSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/** Updates a provider again and again in one system, while a client calls it. */
final class UpdateSubject {
    static final String MAINSTAY = "Mainstay, commit";
    static final String FELIX = "Felix, update and refresh";
    static final String FILE_INSTALL = "Felix, File Install";

    private static final int WARM_UPS = 10;
    private static final long PAUSE_MILLIS = 100;

    private UpdateSubject() {}

    /** Brings in a version of the provider. */
    @FunctionalInterface
    private interface Update {
        void to(int version) throws Exception;
    }

    /** Runs: system, port, updates, jar of File Install. */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        int updates = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case MAINSTAY -> {
                try (Mainstay mainstay =
                        Mainstay.open(Map.of("mainstay.store", "jdbc:derby:store", "benchmark.port", arguments[1]))) {
                    commit(mainstay, Bundles.client());
                    commit(mainstay, Bundles.provider(1));
                    mainstay.start();
                    measure(port, updates, version -> commit(mainstay, Bundles.provider(version)));
                }
            }
            case FELIX -> {
                Framework framework = felix(arguments[1], Map.of());
                Bundle provider = install(framework, "provider", Bundles.provider(1));
                install(framework, "client", Bundles.client());
                measure(port, updates, version -> {
                    provider.update(new ByteArrayInputStream(Bundles.provider(version)));
                    CountDownLatch refreshed = new CountDownLatch(1);
                    framework.adapt(FrameworkWiring.class).refreshBundles(List.of(provider), event -> {
                        if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                            refreshed.countDown();
                        }
                    });
                    refreshed.await();
                });
            }
            default -> {
                Path folder = Files.createDirectories(Path.of("drop"));
                drop(folder, 1);
                Framework framework = felix(
                        arguments[1],
                        Map.of(
                                "felix.fileinstall.dir", folder.toString(),
                                "felix.fileinstall.poll", "100",
                                "felix.fileinstall.noInitialDelay", "true"));
                framework
                        .getBundleContext()
                        .installBundle(Path.of(arguments[3]).toUri().toString())
                        .start();
                install(framework, "client", Bundles.client());
                measure(port, updates, version -> drop(folder, version));
            }
        }
        System.exit(0);
    }

    private static void commit(Mainstay mainstay, byte[] jar) throws IOException {
        mainstay.commit("Update", mainstay.check(ContentSource.of("provider", jar)));
    }

    private static Framework felix(String port, Map<String, String> more) throws Exception {
        Map<String, String> properties = new HashMap<>(more);
        properties.put("org.osgi.framework.storage", "felix-cache");
        properties.put("benchmark.port", port);
        Framework framework = LoadSubject.felix(properties);
        framework.start();
        return framework;
    }

    private static Bundle install(Framework framework, String name, byte[] jar) throws Exception {
        Bundle bundle = framework.getBundleContext().installBundle(name, new ByteArrayInputStream(jar));
        bundle.start();
        return bundle;
    }

    /** As one whole file, from one moment to the next. */
    private static void drop(Path folder, int version) throws IOException {
        Path whole = Files.write(Path.of("provider.tmp"), Bundles.provider(version));
        Files.move(whole, folder.resolve("provider.jar"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void measure(int port, int updates, Update update) throws Exception {
        Answers.await(port, 1);
        for (int i = 0; i < WARM_UPS + updates; i++) {
            int version = i + 2;
            Thread.sleep(PAUSE_MILLIS);
            Answers.ask(port); // what was before does not count
            Meter meter = new Meter();
            long begun = System.nanoTime();
            update.to(version);
            Answers answers = Answers.await(port, version);
            double cpu = meter.cpuMillis();
            if (i >= WARM_UPS) {
                System.out.println("served " + (answers.since() - begun) / 1e6);
                System.out.println(Meter.CPU + " " + cpu);
                System.out.println("gap " + answers.longestGapNanos() / 1e6);
                System.out.println("lost " + answers.lost());
            }
        }
        Meter.tellPeak();
    }
}
