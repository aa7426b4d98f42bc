package io.mainstay.framework.plan;

import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.store.Digest;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** The bundles of the store as a framework has them at one moment. Immutable. */
public final class RunningState {
    private final SortedMap<String, RunningBundle> bundles;

    private RunningState(SortedMap<String, RunningBundle> bundles) {
        this.bundles = Collections.unmodifiableSortedMap(bundles);
    }

    /** Makes a state of its parts. */
    public static RunningState of(Collection<RunningBundle> parts) {
        SortedMap<String, RunningBundle> byLocation = new TreeMap<>();
        parts.forEach(bundle -> byLocation.put(bundle.location(), bundle));
        return new RunningState(byLocation);
    }

    /** Looks at a framework. Bundles that did not come from the store are not looked at. */
    public static RunningState capture(BundleContext context, StoreModuleConnector connector) {
        SortedMap<String, RunningBundle> byLocation = new TreeMap<>();
        for (Bundle bundle : context.getBundles()) {
            connector
                    .pinned(bundle.getLocation())
                    .ifPresent(content -> byLocation.put(bundle.getLocation(), describe(bundle, content)));
        }
        return new RunningState(byLocation);
    }

    private static RunningBundle describe(Bundle bundle, Digest content) {
        return new RunningBundle(
                bundle.getLocation(),
                bundle.getSymbolicName() + " " + bundle.getVersion(),
                content,
                bundle.adapt(BundleStartLevel.class).getStartLevel(),
                state(bundle),
                fragmentHost(bundle),
                String.valueOf(bundle.getSymbolicName()),
                providers(bundle));
    }

    private static RunningBundle.State state(Bundle bundle) {
        return switch (bundle.getState()) {
            case Bundle.ACTIVE, Bundle.STARTING -> RunningBundle.State.ACTIVE;
            case Bundle.RESOLVED, Bundle.STOPPING -> RunningBundle.State.RESOLVED;
            default -> RunningBundle.State.INSTALLED;
        };
    }

    private static Optional<String> fragmentHost(Bundle bundle) {
        return Optional.ofNullable(bundle.getHeaders("").get(Constants.FRAGMENT_HOST))
                .map(header -> header.split(";", 2)[0].strip());
    }

    private static Set<String> providers(Bundle bundle) {
        Set<String> locations = new HashSet<>();
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        BundleWiring wiring = revision == null ? null : revision.getWiring();
        if (wiring != null) {
            for (BundleWire wire : wiring.getRequiredWires(null)) {
                locations.add(wire.getProviderWiring().getBundle().getLocation());
            }
            // a host changes when a fragment of it does
            for (BundleWire wire : wiring.getProvidedWires(BundleRevision.HOST_NAMESPACE)) {
                locations.add(wire.getRequirer().getBundle().getLocation());
            }
        }
        locations.remove(bundle.getLocation());
        locations.remove(Constants.SYSTEM_BUNDLE_LOCATION);
        return locations;
    }

    /** {@return the bundles in the order of their locations} */
    public Collection<RunningBundle> bundles() {
        return bundles.values();
    }

    /** {@return the bundle at {@code location}} */
    public Optional<RunningBundle> find(String location) {
        return Optional.ofNullable(bundles.get(location));
    }
}
