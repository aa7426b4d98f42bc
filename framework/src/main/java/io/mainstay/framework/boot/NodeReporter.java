package io.mainstay.framework.boot;

import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.BundleReport;
import io.mainstay.framework.retention.OldCode;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.startlevel.BundleStartLevel;

/** Compares a framework with its generation. */
final class NodeReporter {
    private final BundleContext system;
    private final StoreModuleConnector connector;
    private final DurableServices durables;
    private final OldCode oldCode;
    /** Bundles that belong to the node itself, not to the generation: its shell. */
    private final Predicate<String> own;

    private final LiveConfigurations configurations;
    private final boolean fixed;
    private final BootProperties properties;

    NodeReporter(
            BundleContext system,
            StoreModuleConnector connector,
            DurableServices durables,
            OldCode oldCode,
            Predicate<String> own,
            LiveConfigurations configurations,
            boolean fixed,
            BootProperties properties) {
        this.system = system;
        this.connector = connector;
        this.durables = durables;
        this.oldCode = oldCode;
        this.own = own;
        this.configurations = configurations;
        this.fixed = fixed;
        this.properties = properties;
    }

    NodeReport report(SystemState state) {
        List<BundleReport> bundles = new ArrayList<>();
        for (GenerationEntry entry : state.entries()) {
            bundles.add(describe(entry, system.getBundle(entry.location())));
        }
        List<String> drift = new ArrayList<>(
                Drift.of(system, connector, configurations, own, state).texts());
        drift.addAll(properties.drift(state));
        return new NodeReport(bundles, drift, fixed, LiveBundles.of(system, durables), oldCode.held(), null, null);
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
