package io.mainstay.framework.apply;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;

/** Notes which bundles a change really resets, and what its bundles install. Thread-safe. */
final class ResetWatch implements SynchronousBundleListener, AutoCloseable {
    private static final int RESET =
            BundleEvent.STOPPED | BundleEvent.UNRESOLVED | BundleEvent.UPDATED | BundleEvent.UNINSTALLED;

    private final BundleContext system;
    private final Map<String, String> reset = new ConcurrentHashMap<>();
    private final Queue<Installed> installed = new ConcurrentLinkedQueue<>();

    private record Installed(Bundle bundle, String origin) {}

    private ResetWatch(BundleContext system) {
        this.system = system;
    }

    static ResetWatch begin(BundleContext system) {
        ResetWatch watch = new ResetWatch(system);
        system.addBundleListener(watch);
        return watch;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        if ((event.getType() & RESET) != 0 && bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID) {
            reset.putIfAbsent(bundle.getLocation(), bundle.getSymbolicName() + " " + bundle.getVersion());
        } else if (event.getType() == BundleEvent.INSTALLED) {
            installed.add(new Installed(bundle, event.getOrigin().getLocation()));
        }
    }

    /** {@return the bundles that were stopped, updated, removed or wired anew so far: location to name and version} */
    SortedMap<String, String> reset() {
        return new TreeMap<>(reset);
    }

    /** {@return the bundles that were installed by those at {@code origins}} */
    List<Bundle> installedBy(Set<String> origins) {
        return installed.stream()
                .filter(one -> origins.contains(one.origin()))
                .map(Installed::bundle)
                .toList();
    }

    @Override
    public void close() {
        try {
            system.removeBundleListener(this);
        } catch (IllegalStateException e) {
            // the framework has stopped meanwhile, and its listeners are gone
        }
    }
}
