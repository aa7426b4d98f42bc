package io.mainstay.framework.boot;

import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.BundleReport;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;

/** Compares a framework with its generation. */
final class NodeReporter {
    private final BundleContext system;
    private final StoreModuleConnector connector;
    /** Bundles that belong to the node itself, not to the generation: its shell. */
    private final Predicate<String> own;

    private final boolean fixed;

    NodeReporter(BundleContext system, StoreModuleConnector connector, Predicate<String> own, boolean fixed) {
        this.system = system;
        this.connector = connector;
        this.own = own;
        this.fixed = fixed;
    }

    NodeReport report(SystemState state) {
        List<BundleReport> bundles = new ArrayList<>();
        List<String> drift = new ArrayList<>();
        for (GenerationEntry entry : state.entries()) {
            Bundle bundle = system.getBundle(entry.location());
            bundles.add(describe(entry, bundle));
            drift(entry, bundle).ifPresent(drift::add);
        }
        for (Bundle bundle : system.getBundles()) {
            String location = bundle.getLocation();
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID
                    && state.find(location).isEmpty()
                    && !own.test(location)) {
                drift.add(label(bundle) + " is installed at " + location + ", and not in the generation");
            }
        }
        return new NodeReport(bundles, drift, fixed);
    }

    private static BundleReport describe(GenerationEntry entry, Bundle bundle) {
        return new BundleReport(
                entry.location(),
                entry.symbolicName(),
                entry.version().toString(),
                entry.content().hex(),
                bundle == null ? "UNINSTALLED" : stateName(bundle),
                bundle == null
                        ? entry.startLevel()
                        : bundle.adapt(BundleStartLevel.class).getStartLevel());
    }

    private Optional<String> drift(GenerationEntry entry, Bundle bundle) {
        if (bundle == null) {
            return Optional.of(entry.label() + " is in the generation, and not installed");
        }
        Optional<Digest> pinned = connector.pinned(entry.location());
        if (!isFromStore(bundle) || pinned.isPresent() && !pinned.get().equals(entry.content())) {
            return Optional.of(entry.label() + " was updated to " + label(bundle) + " behind the store's back");
        }
        boolean fragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
        if (!fragment && bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING) {
            return Optional.of(entry.label() + " should be active, and is " + stateName(bundle));
        }
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        return level == entry.startLevel()
                ? Optional.empty()
                : Optional.of(entry.label() + " has start level " + level + " instead of " + entry.startLevel());
    }

    /** Connect marks what came through it (OSGi Core 8, 60.4); an update from a stream did not. */
    private static boolean isFromStore(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision == null
                || revision.getDeclaredCapabilities(IdentityNamespace.IDENTITY_NAMESPACE).stream()
                        .anyMatch(identity -> identity.getAttributes().get("tags") instanceof Collection<?> tags
                                && tags.contains("osgi.connect"));
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    static String stateName(Bundle bundle) {
        return switch (bundle.getState()) {
            case Bundle.ACTIVE -> "ACTIVE";
            case Bundle.STARTING -> "STARTING";
            case Bundle.STOPPING -> "STOPPING";
            case Bundle.RESOLVED -> "RESOLVED";
            case Bundle.INSTALLED -> "INSTALLED";
            default -> "UNINSTALLED";
        };
    }
}
