package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.MainstayFrameworkFactory;
import io.mainstay.framework.comparison.Facts.Observation;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Folders;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** Runs the same bundles on stock Felix and on ours, and compares. */
public final class BothFrameworks {
    private final List<TestJar> bundles;
    private final Map<String, String> properties = new HashMap<>();
    private Preparation preparation = system -> {};
    private boolean alsoDeployed;

    /** Does something to a framework before it has bundles. */
    @FunctionalInterface
    public interface Preparation {
        /** Does it. */
        void on(BundleContext system) throws Exception;
    }

    private BothFrameworks(List<TestJar> bundles) {
        this.bundles = bundles;
    }

    /** Takes bundles in the order in which stock Felix installs and starts them. */
    public static BothFrameworks with(TestJar... bundles) {
        return new BothFrameworks(List.of(bundles));
    }

    /** Sets a framework property on both. */
    public BothFrameworks property(String name, String value) {
        properties.put(name, value);
        return this;
    }

    /** Prepares both frameworks, after they are initialised. On ours the bundles are installed by then, but not started. */
    public BothFrameworks prepared(Preparation how) {
        preparation = how;
        return this;
    }

    /** Compares a third time, with the bundles deployed into a framework of ours that runs already. */
    public BothFrameworks alsoDeployed() {
        alsoDeployed = true;
        return this;
    }

    /** Looks at both, and requires that they look the same; returns what was seen. */
    public Facts observe(Observation observation) throws Exception {
        Facts stock = onStock(observation);
        Facts ours = onOurs(observation, true);
        assertThat(differences(stock, ours)).as("booted from a store").isEmpty();
        if (alsoDeployed) {
            Facts deployed = onOurs(observation, false);
            assertThat(differences(stock, deployed))
                    .as("deployed into a running framework")
                    .isEmpty();
        }
        return stock;
    }

    private static List<String> differences(Facts stock, Facts ours) {
        Set<String> whats = new LinkedHashSet<>(stock.all().keySet());
        whats.addAll(ours.all().keySet());
        return whats.stream()
                .filter(what ->
                        !Objects.equals(stock.all().get(what), ours.all().get(what)))
                .map(what -> what + ": stock has " + stock.all().get(what) + ", ours has "
                        + ours.all().get(what))
                .toList();
    }

    private Facts onStock(Observation observation) throws Exception {
        Path storage = Folders.temporary();
        try {
            Map<String, String> stock = new HashMap<>(properties);
            stock.put(Constants.FRAMEWORK_STORAGE, storage.toString());
            return look(new org.apache.felix.framework.FrameworkFactory(), stock, observation, system -> {
                preparation.on(system);
                for (TestJar jar : bundles) {
                    Bundle installed = system.installBundle(
                            "mainstay:" + jar.symbolicName(), new ByteArrayInputStream(jar.bytes()));
                    if (!jar.isFragment()) {
                        installed.start(Bundle.START_ACTIVATION_POLICY);
                    }
                }
            });
        } finally {
            Folders.remove(storage);
        }
    }

    private Facts onOurs(Observation observation, boolean boot) throws Exception {
        Path storage = Folders.temporary();
        try {
            Map<String, String> ours = new HashMap<>(properties);
            ours.putAll(Stores.freshChannel());
            ours.put(Constants.FRAMEWORK_STORAGE, storage.toString());
            if (boot) {
                commit(ours, Result.COMMITTED);
            }
            return look(
                    new MainstayFrameworkFactory(),
                    ours,
                    (system, facts) -> {
                        if (!boot) {
                            commit(ours, Result.APPLIED);
                        }
                        observation.of(system, facts);
                        requireNoCodeIn(storage);
                    },
                    preparation);
        } finally {
            Folders.remove(storage);
        }
    }

    /** What Felix notes of bundles may be in files, what is in them not. */
    private static void requireNoCodeIn(Path storage) {
        assertThat(Folders.files(storage))
                .extracting(file -> file.getFileName().toString())
                .isSubsetOf("bundle.id", "last.java.version", "bundle.info", "revision.location");
    }

    private void commit(Map<String, String> ours, Result expected) throws Exception {
        Change.Builder change = Change.by("test").message("compare");
        bundles.forEach(jar -> change.add(jar.checked()));
        try (Mainstay door = Mainstay.open(ours)) {
            var result = door.commit(change.build());
            assertThat(result.cause()).isEqualTo(Optional.empty());
            assertThat(result.outcome()).isEqualTo(expected);
        }
    }

    private static Facts look(
            FrameworkFactory factory, Map<String, String> configuration, Observation observation, Preparation first)
            throws Exception {
        Framework framework = factory.newFramework(configuration);
        framework.init();
        try {
            BundleContext system = framework.getBundleContext();
            first.on(system);
            framework.start();
            Facts facts = new Facts(system);
            observation.of(system, facts);
            return facts;
        } finally {
            framework.stop();
            framework.waitForStop(TimeUnit.SECONDS.toMillis(30));
        }
    }
}
