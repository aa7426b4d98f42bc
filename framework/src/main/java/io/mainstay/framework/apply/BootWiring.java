package io.mainstay.framework.apply;

import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/**
 * Compares how bundles are wired after a change with how they are wired after a boot. A change leaves alone what it need not
 * touch: a bundle keeps the exporter that it has, and an optional import stays open, although what is new would fit.
 */
final class BootWiring {
    private BootWiring() {}

    /**
     * {@return whether there is a choice: something that is new fits a requirement of a bundle that is not wired to it, or
     * anything else does of one that was wired anew, where what was resolved already went first}
     */
    static boolean canDiffer(BundleContext system, Plan plan) {
        Set<String> fresh = new HashSet<>();
        for (Step step : plan.steps()) {
            if (step instanceof Step.Install install) {
                fresh.add(install.location());
            } else if (step instanceof Step.Update update) {
                fresh.add(update.location());
            }
        }
        Set<String> wiredAnew = new HashSet<>(fresh);
        plan.reset().forEach(member -> wiredAnew.add(member.location()));
        List<BundleCapability> news = new ArrayList<>();
        List<BundleCapability> all = new ArrayList<>();
        for (Bundle bundle : system.getBundles()) {
            List<BundleCapability> declared = bundle.adapt(BundleRevision.class).getDeclaredCapabilities(null);
            all.addAll(declared);
            if (fresh.contains(bundle.getLocation())) {
                news.addAll(declared);
            }
        }
        return Arrays.stream(system.getBundles())
                .filter(bundle -> bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID)
                .anyMatch(bundle -> fits(bundle, wiredAnew.contains(bundle.getLocation()) ? all : news));
    }

    private static boolean fits(Bundle bundle, List<BundleCapability> capabilities) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        List<BundleWire> wires = new ArrayList<>();
        Set<Bundle> own = new HashSet<>(Set.of(bundle));
        addUsed(revision.getWiring(), wires, own);
        return revision.getDeclaredRequirements(null).stream()
                .filter(requirement -> !isDynamic(requirement))
                .anyMatch(requirement -> fits(requirement, capabilities, wires, own));
    }

    /** What is required of a bundle's own needs no wire; host and fragments are one. */
    private static void addUsed(BundleWiring wiring, List<BundleWire> wires, Set<Bundle> own) {
        if (wiring == null) {
            return;
        }
        wires.addAll(wiring.getRequiredWires(null));
        for (BundleWire wire : wiring.getRequiredWires(HostNamespace.HOST_NAMESPACE)) {
            own.add(wire.getProvider().getBundle());
            wires.addAll(wire.getProviderWiring().getRequiredWires(null));
        }
        wiring.getProvidedWires(HostNamespace.HOST_NAMESPACE)
                .forEach(wire -> own.add(wire.getRequirer().getBundle()));
    }

    private static boolean isDynamic(BundleRequirement requirement) {
        return "dynamic".equals(requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
    }

    private static boolean fits(
            BundleRequirement requirement,
            List<BundleCapability> capabilities,
            List<BundleWire> wires,
            Set<Bundle> own) {
        Set<Bundle> providers = wires.stream()
                .filter(wire -> requirement.matches(wire.getCapability()))
                .map(wire -> wire.getProvider().getBundle())
                .collect(Collectors.toSet());
        Set<Bundle> served = providers.isEmpty() ? own : providers;
        return capabilities.stream()
                .anyMatch(capability ->
                        !served.contains(capability.getRevision().getBundle()) && requirement.matches(capability));
    }

    /** {@return for each bundle, what it uses and from whom} */
    static Map<String, Map<String, String>> of(BundleContext system) {
        Map<String, Map<String, String>> wirings = new TreeMap<>();
        for (Bundle bundle : system.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID && wiring != null) {
                Map<String, String> uses = new TreeMap<>();
                for (BundleWire wire : wiring.getRequiredWires(null)) {
                    String namespace = wire.getCapability().getNamespace();
                    if (wire.getProvider().getBundle().getBundleId() != Constants.SYSTEM_BUNDLE_ID) {
                        uses.merge(
                                kind(namespace) + " "
                                        + wire.getCapability().getAttributes().get(namespace),
                                label(wire.getProvider().getBundle()),
                                (one, other) -> one + ", " + other);
                    }
                }
                wirings.put(label(bundle), uses);
            }
        }
        return wirings;
    }

    private static String kind(String namespace) {
        return switch (namespace) {
            case PackageNamespace.PACKAGE_NAMESPACE -> "package";
            case BundleNamespace.BUNDLE_NAMESPACE -> "bundle";
            case HostNamespace.HOST_NAMESPACE -> "host";
            default -> namespace;
        };
    }

    /** {@return a sentence for each bundle that a boot wires otherwise; the first thing that differs stands for all} */
    static List<String> differences(Map<String, Map<String, String>> live, Map<String, Map<String, String>> booted) {
        List<String> sentences = new ArrayList<>();
        booted.forEach((bundle, then) -> {
            Map<String, String> now = live.getOrDefault(bundle, then);
            Map<String, String> all = new TreeMap<>(now);
            all.putAll(then);
            all.keySet().stream()
                    .filter(use -> !then.getOrDefault(use, "").equals(now.getOrDefault(use, "")))
                    .findFirst()
                    .ifPresent(use -> sentences.add(sentence(bundle, use, now.get(use), then.get(use))));
        });
        return sentences;
    }

    private static String sentence(String bundle, String use, String now, String then) {
        String stays =
                now == null ? bundle + " stays without " + use : bundle + " stays wired to " + now + " for " + use;
        return stays + "; after a restart it would " + (then == null ? "be without" : "use " + then);
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
