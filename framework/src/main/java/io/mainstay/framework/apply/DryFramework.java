package io.mainstay.framework.apply;

import io.mainstay.framework.content.HeaderShelf;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.plan.StartOrder;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.temporary.TemporaryFolders;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Felix of its own, in this process, that is never started: it installs and resolves bundles, of which it has the
 * headers alone. Not thread-safe. Holds a thread and a temporary folder until it is closed.
 */
final class DryFramework implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DryFramework.class);

    /** How the names of temporary folders begin: with the process, so that what a killed one has left is known as such. */
    static final String FOLDER = "mainstay-dry-run-" + ProcessHandle.current().pid() + "-";

    private final Map<String, String> configuration;
    private volatile Map<Digest, Content> known = Map.of();
    private final StoreModuleConnector connector;
    private final Path storage;
    private final Framework framework;

    /** Makes one that is empty, with these framework properties. */
    DryFramework(Map<String, String> configuration) {
        this.configuration = Map.copyOf(configuration);
        this.connector = new StoreModuleConnector(
                new HeaderShelf(
                        digest -> known.containsKey(digest) ? known.get(digest).headers() : null),
                Optional.empty(),
                Optional::empty);
        this.storage = makeStorage();
        this.framework = begin(properties(), connector, storage);
    }

    /** Makes one that has installed and resolved bundles as a boot does. */
    static DryFramework booted(Map<String, String> configuration, Collection<TargetBundle> bundles) {
        DryFramework made = new DryFramework(configuration);
        try {
            made.boot(bundles);
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private static Framework begin(Map<String, String> properties, StoreModuleConnector connector, Path storage) {
        Framework made = null;
        try {
            made = new FrameworkFactory().newFramework(properties, connector);
            made.init();
            awaitFirstRefresh(made);
            return made;
        } catch (BundleException | RuntimeException e) {
            end(made, storage);
            throw new IllegalStateException("A framework for a dry run does not start: " + e.getMessage(), e);
        }
    }

    /**
     * Felix's init has its other thread wire anew what was updated before. Were that late, it would do so with what is
     * updated here.
     */
    private static void awaitFirstRefresh(Framework made) {
        CountDownLatch refreshed = new CountDownLatch(1);
        FrameworkListener listener = event -> refreshed.countDown();
        made.adapt(FrameworkWiring.class).refreshBundles(List.of(), listener);
        try {
            refreshed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Map<String, String> properties() {
        Map<String, String> properties = SystemPackages.addTo(configuration);
        properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        properties.put("felix.cache.locking", "false");
        properties.put("felix.service.urlhandlers", "false");
        properties.put("felix.log.level", "0");
        properties.put("felix.resolver.parallelism", "1"); // to hand over to other threads takes longer than to resolve
        return properties;
    }

    private static Path makeStorage() {
        try {
            return TemporaryFolders.make(FOLDER);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a temporary folder for a dry run", e);
        }
    }

    BundleContext system() {
        return framework.getBundleContext();
    }

    StoreModuleConnector connector() {
        return connector;
    }

    /** Makes the headers of these bundles the ones that are known. */
    void know(Collection<TargetBundle> bundles) {
        Map<Digest, Content> contents = new HashMap<>();
        bundles.forEach(bundle -> contents.put(bundle.entry().content(), bundle.content()));
        known = Map.copyOf(contents);
    }

    /** {@return the contents whose headers are known} */
    Map<Digest, Content> known() {
        return known;
    }

    /** Installs a bundle whose headers are known. */
    Bundle install(TargetBundle bundle) throws BundleException {
        connector.pin(bundle.location(), bundle.entry().content());
        try {
            return system().installBundle(bundle.location());
        } catch (BundleException e) {
            connector.unpin(bundle.location());
            throw e;
        }
    }

    /** What cannot be installed or resolved is left out, or unresolved. */
    private void boot(Collection<TargetBundle> bundles) {
        know(bundles);
        List<Bundle> installed = new ArrayList<>();
        for (TargetBundle bundle : StartOrder.of(bundles)) {
            try {
                installed.add(install(bundle));
            } catch (BundleException e) {
                // what is there already may be broken; only the change is judged
                continue;
            }
        }
        system().getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkWiring.class)
                .resolveBundles(installed);
    }

    /** {@return whether it was made with these properties} */
    boolean hasProperties(Map<String, String> properties) {
        return configuration.equals(properties);
    }

    /**
     * {@return whether it has just what {@link #booted} would have installed, in that order, and all of it resolved} Where
     * bundles may be wired otherwise than by a boot, the caller knows.
     */
    boolean isAsBooted(Collection<TargetBundle> bundles) {
        List<Bundle> found = Arrays.stream(system().getBundles())
                .filter(bundle -> bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID)
                .toList();
        List<Installed> wanted = StartOrder.of(bundles).stream()
                .map(bundle -> new Installed(
                        bundle.location(), Optional.of(bundle.entry().content())))
                .toList();
        return found.stream().allMatch(DryFramework::isWhole)
                && wanted.equals(found.stream()
                        .map(bundle -> new Installed(bundle.getLocation(), connector.pinned(bundle.getLocation())))
                        .toList());
    }

    /** A swap leaves a revision behind. */
    private static boolean isWhole(Bundle bundle) {
        return bundle.getState() == Bundle.RESOLVED
                && bundle.adapt(BundleRevisions.class).getRevisions().size() == 1;
    }

    private record Installed(String location, Optional<Digest> content) {}

    @Override
    public void close() {
        end(framework, storage);
    }

    /** What goes wrong here is no fault of the change that was tried. */
    private static void end(Framework framework, Path storage) {
        try {
            if (framework != null) {
                framework.stop();
                framework.waitForStop(0);
            }
        } catch (BundleException | RuntimeException e) {
            LOG.warn("The framework of a dry run does not stop", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            TemporaryFolders.remove(storage);
        }
    }
}
