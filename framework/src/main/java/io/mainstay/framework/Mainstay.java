package io.mainstay.framework;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The door for programs that embed a framework.
 *
 * <pre>{@code
 * try (Mainstay mainstay = Mainstay.open("jdbc:derby:data/store")) {
 *     mainstay.commit("First", mainstay.check(ContentSource.of(Path.of("greeter.jar"))));
 *     mainstay.start();
 *     Greeter greeter = mainstay.find(Greeter.class, Duration.ofSeconds(5)).orElseThrow();
 * }
 * }</pre>
 *
 * <p>A type that host and bundles share has to be exported by the host: set the framework property {@code
 * org.osgi.framework.system.packages.extra} to its package. Thread-safe.
 */
public final class Mainstay implements AutoCloseable {
    private final Settings settings;
    private final Map<String, String> configuration;
    private final Store store;
    private final Deployer deployer;
    private final BundleIntake intake;
    /** Read without a lock: bundles may ask for services while they start and stop. */
    private volatile Framework framework;

    private Mainstay(Settings settings, Map<String, String> configuration, Store store) {
        this.settings = settings;
        this.configuration = configuration;
        this.store = store;
        this.intake = new BundleIntake(settings.limits());
        this.deployer = new Deployer(store, settings.channel(), configuration);
    }

    /** Opens the store at a JDBC URL, making it if it is embedded and not there; see {@link Store#open}. */
    public static Mainstay open(String url) {
        return open(Map.of(Settings.STORE, url));
    }

    /** Opens a store with framework properties: those of {@link Settings}, Felix's, and the bundles' own. */
    public static Mainstay open(Map<String, String> properties) {
        Settings settings = Settings.of(properties);
        return new Mainstay(settings, new HashMap<>(properties), Store.open(settings.store()));
    }

    /**
     * Boots the head of the channel, and waits until its bundles are active. A node without any generation starts too,
     * and takes over the first one.
     *
     * @throws BundleException if the generation cannot be loaded; the message says why
     */
    public synchronized Mainstay start() throws BundleException {
        if (framework == null) {
            Framework made = MainstayFrameworkFactory.newFramework(
                    settings, configuration, Optional.empty(), Store.open(settings.store()), List.of());
            made.start();
            framework = made;
        }
        return this;
    }

    /** Checks a bundle as everything is that goes in; see {@link BundleIntake#check(ContentSource)}. */
    public CheckedBundle check(ContentSource source) throws IOException {
        return intake.check(source);
    }

    /** Checks bundles, as many at a time as there are processors; see {@link BundleIntake#check(List, Progress)}. */
    public List<CheckedBundle> check(List<ContentSource> sources) throws IOException {
        return intake.check(sources, Progress.NONE);
    }

    /** Commits one generation with these bundles added or updated; see {@link Deployer#deploy}. */
    public DeployResult commit(String message, CheckedBundle... bundles) throws IOException {
        Change.Builder change =
                Change.by(System.getProperty("user.name", "unknown")).message(message);
        for (CheckedBundle bundle : bundles) {
            change.add(bundle);
        }
        return commit(change.build());
    }

    /** Commits a change, and waits until the nodes have applied it; see {@link Deployer#deploy}. */
    public DeployResult commit(Change change) throws IOException {
        return commit(change, Deployer.Options.DEFAULT);
    }

    /** Commits a change as the options say: forced, without waiting, or with progress; see {@link Deployer#deploy}. */
    public DeployResult commit(Change change, Deployer.Options options) throws IOException {
        return deployer.deploy(change, options);
    }

    /** Says what a change would do, and does nothing. */
    public Preview plan(Change change) {
        return deployer.preview(change);
    }

    /** {@return where source in the store is edited and built} */
    public Workshop workshop() {
        return new Workshop(store, settings.channel(), configuration, settings.limits());
    }

    /**
     * Finds a service, waiting for it if it is not there yet.
     *
     * <p>The system bundle goes on using what was found, so that a component that lives only as long as it is used lives
     * on.
     *
     * @param patience how long to wait; zero to look once
     */
    public <T> Optional<T> find(Class<T> type, Duration patience) {
        BundleContext context = context();
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        try {
            if (!patience.isZero()) {
                tracker.waitForService(Math.max(1, patience.toMillis()));
            }
            return Optional.ofNullable(tracker.getServiceReference()).map(context::getService);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            tracker.close();
        }
    }

    /** {@return the system bundle's context, for all that OSGi offers} */
    public BundleContext context() {
        Framework running = framework;
        if (running == null) {
            throw new IllegalStateException("This Mainstay is not started");
        }
        return running.getBundleContext();
    }

    /** {@return the store; it stays this object's} */
    public Store store() {
        return store;
    }

    /**
     * Stops the framework, if it was started, and closes the store.
     *
     * @throws IllegalStateException if the framework does not stop, because a bundle hangs; the store is closed all the
     *     same
     */
    @Override
    public synchronized void close() {
        try {
            if (framework != null) {
                framework.stop();
                Duration patience = settings.stepLimit().multipliedBy(2);
                if (framework.waitForStop(patience.toMillis()).getType() == FrameworkEvent.WAIT_TIMEDOUT) {
                    throw new IllegalStateException("The framework does not stop: after " + patience.toSeconds()
                            + " s a bundle still hangs; a thread dump tells which");
                }
            }
        } catch (BundleException e) {
            throw new IllegalStateException("The framework does not stop: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            deployer.close();
            store.close();
        }
    }
}
