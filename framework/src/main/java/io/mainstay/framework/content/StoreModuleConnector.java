package io.mainstay.framework.content;

import io.mainstay.store.Digest;
import java.io.File;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;

/**
 * Gives Felix the bundles of the store: OSGi Core 8, chapter 60.
 *
 * <p>Which content a location has is pinned by {@link #pin} before Felix is told to install or update, and stays pinned
 * until it is pinned again: Felix asks twice for an update, and both answers have to be the same.
 *
 * <p>Thread-safe. Locations that are not pinned go to the host's own connector, where there is one.
 */
public final class StoreModuleConnector implements ModuleConnector {
    private final ContentShelf shelf;
    private final Optional<ModuleConnector> next;
    private final Supplier<Optional<BundleActivator>> activator;
    private final Map<String, Digest> pins = new ConcurrentHashMap<>();

    /**
     * Makes a connector.
     *
     * @param shelf where contents are
     * @param next the host's own connector, asked for what is not pinned
     * @param activator makes what is started each time the framework is initialised
     */
    public StoreModuleConnector(
            ContentShelf shelf, Optional<ModuleConnector> next, Supplier<Optional<BundleActivator>> activator) {
        this.shelf = shelf;
        this.next = next;
        this.activator = activator;
    }

    /** Sets the content of a location, from the next install or update on. */
    public void pin(String location, Digest digest) {
        pins.put(location, digest);
    }

    /** Takes a location out. */
    public void unpin(String location) {
        pins.remove(location);
    }

    /** {@return the content of a location} */
    public Optional<Digest> pinned(String location) {
        return Optional.ofNullable(pins.get(location));
    }

    /** {@return all locations with their content} */
    public Map<String, Digest> pins() {
        return Map.copyOf(pins);
    }

    @Override
    public void initialize(File storage, Map<String, String> configuration) {
        next.ifPresent(connector -> connector.initialize(storage, configuration));
    }

    @Override
    public Optional<ConnectModule> connect(String location) throws BundleException {
        Digest digest = pins.get(location);
        if (digest == null) {
            return next.isPresent() ? next.get().connect(location) : Optional.empty();
        }
        ConnectContent first = shelf.content(digest, location);
        return Optional.of(() -> first);
    }

    @Override
    public Optional<BundleActivator> newBundleActivator() {
        return Optional.of(new Activators(activator.get(), next.flatMap(ModuleConnector::newBundleActivator)));
    }

    /** Ours first, the host's after it; and what lies on the shelf goes when the framework goes. */
    private final class Activators implements BundleActivator {
        private final Optional<BundleActivator> ours;
        private final Optional<BundleActivator> others;

        Activators(Optional<BundleActivator> ours, Optional<BundleActivator> others) {
            this.ours = ours;
            this.others = others;
        }

        @Override
        public void start(BundleContext context) throws Exception {
            if (ours.isPresent()) {
                ours.get().start(context);
            }
            if (others.isPresent()) {
                others.get().start(context);
            }
        }

        @Override
        public void stop(BundleContext context) throws Exception {
            try {
                if (others.isPresent()) {
                    others.get().stop(context);
                }
            } finally {
                if (ours.isPresent()) {
                    ours.get().stop(context);
                }
                shelf.clear();
            }
        }
    }
}
