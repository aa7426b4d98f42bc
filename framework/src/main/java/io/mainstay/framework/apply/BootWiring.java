package io.mainstay.framework.apply;

import io.mainstay.framework.plan.TargetBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.resource.Namespace;

/**
 * Compares how bundles are wired after a change with how they are wired after a boot. A change leaves alone what it need not
 * touch: a bundle keeps the exporter that it has, and an optional import stays open, although what is new would fit.
 */
final class BootWiring {
    private BootWiring() {}

    /**
     * {@return whether a boot may wire a bundle otherwise} Not if each requirement is wired to the candidate that the resolver
     * of Felix tries first: what it begins with is then free of conflicts, as it is here. (Felix 7.0.5, {@code
     * CandidateComparator}: the system bundle, the highest version of a package or bundle, the bundle that came first.)
     *
     * @param boot the bundles in the order in which a boot installs them
     */
    static boolean canDiffer(BundleContext system, List<TargetBundle> boot) {
        return new Choices(system, boot).any();
    }

    /** The choices that a resolver has at a boot. */
    private static final class Choices {
        private final BundleContext system;
        /** The place of each location in a boot. */
        private final Map<String, Integer> places = new HashMap<>();
        /** What is declared, by namespace and the name in it. */
        private final Map<String, Map<Object, List<BundleCapability>>> declared = new HashMap<>();

        Choices(BundleContext system, List<TargetBundle> boot) {
            this.system = system;
            boot.forEach(bundle -> places.put(bundle.location(), places.size()));
            places.put(Constants.SYSTEM_BUNDLE_LOCATION, -1);
            for (Bundle bundle : system.getBundles()) {
                for (BundleCapability one : bundle.adapt(BundleRevision.class).getDeclaredCapabilities(null)) {
                    declared.computeIfAbsent(one.getNamespace(), key -> new HashMap<>())
                            .computeIfAbsent(nameIn(one), key -> new ArrayList<>())
                            .add(one);
                }
            }
        }

        private static Object nameIn(BundleCapability capability) {
            return String.valueOf(capability.getAttributes().get(capability.getNamespace()));
        }

        boolean any() {
            return Arrays.stream(system.getBundles())
                    .filter(bundle -> bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID)
                    .anyMatch(this::anyOf);
        }

        private boolean anyOf(Bundle bundle) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            List<BundleWire> wires = new ArrayList<>();
            Set<Bundle> own = new HashSet<>(Set.of(bundle));
            addUsed(revision.getWiring(), wires, own);
            return revision.getDeclaredRequirements(null).stream()
                    .filter(requirement -> !isDynamic(requirement))
                    .anyMatch(requirement -> anyFor(requirement, wires, own));
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

        private boolean anyFor(BundleRequirement requirement, List<BundleWire> wires, Set<Bundle> own) {
            List<BundleCapability> used = new ArrayList<>();
            wires.stream()
                    .map(BundleWire::getCapability)
                    .filter(one -> Matching.meets(one, requirement))
                    .forEach(used::add);
            List<BundleCapability> candidates = candidates(requirement, used);
            if (used.isEmpty()) {
                candidates.stream().filter(one -> own.contains(bundle(one))).forEach(used::add);
            }
            Set<Bundle> providers = new HashSet<>();
            used.forEach(one -> providers.add(bundle(one)));
            return candidates.stream()
                    .filter(one -> !providers.contains(bundle(one)))
                    .anyMatch(one -> used.isEmpty()
                            || hasNoFirst(requirement)
                            || used.stream().anyMatch(taken -> precedes(one, taken)));
        }

        private List<BundleCapability> candidates(BundleRequirement requirement, List<BundleCapability> used) {
            Map<Object, List<BundleCapability>> all = declared.getOrDefault(requirement.getNamespace(), Map.of());
            String filter = String.valueOf(requirement.getDirectives().get(Constants.FILTER_DIRECTIVE));
            Stream<BundleCapability> fitting =
                    used.stream().anyMatch(one -> filter.contains("(" + one.getNamespace() + "=" + nameIn(one) + ")"))
                            ? used.stream()
                                    .map(Choices::nameIn)
                                    .distinct()
                                    .flatMap(name -> all.getOrDefault(name, List.of()).stream())
                            : all.values().stream().flatMap(List::stream);
            return fitting.filter(one -> Matching.meets(one, requirement)).toList();
        }

        /** Of several that are all taken there is no first, and hosts are not chosen by it. */
        private static boolean hasNoFirst(BundleRequirement requirement) {
            return requirement.getNamespace().equals(HostNamespace.HOST_NAMESPACE)
                    || Namespace.CARDINALITY_MULTIPLE.equals(
                            requirement.getDirectives().get(Namespace.REQUIREMENT_CARDINALITY_DIRECTIVE));
        }

        private boolean precedes(BundleCapability one, BundleCapability other) {
            boolean ofSystem = place(other) < 0;
            if (ofSystem || place(one) < 0) {
                return !ofSystem;
            }
            int byVersion = version(one).compareTo(version(other));
            return byVersion > 0 || byVersion == 0 && place(one) < place(other);
        }

        private int place(BundleCapability capability) {
            return places.getOrDefault(bundle(capability).getLocation(), Integer.MAX_VALUE);
        }

        private static Version version(BundleCapability capability) {
            Object version = switch (capability.getNamespace()) {
                case PackageNamespace.PACKAGE_NAMESPACE ->
                    capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE);
                case BundleNamespace.BUNDLE_NAMESPACE ->
                    capability.getAttributes().get(BundleNamespace.CAPABILITY_BUNDLE_VERSION_ATTRIBUTE);
                default -> Version.emptyVersion;
            };
            return version instanceof Version told ? told : Version.emptyVersion;
        }

        private static Bundle bundle(BundleCapability capability) {
            return capability.getRevision().getBundle();
        }
    }

    /** {@return for each bundle, what it uses and from whom} */
    static Map<String, Map<String, String>> of(BundleContext system) {
        Map<String, Map<String, String>> wirings = new TreeMap<>();
        for (Bundle bundle : system.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID && wiring != null) {
                wirings.put(label(bundle), uses(bundle, wiring));
            }
        }
        return wirings;
    }

    /** What it has of itself, if only of what it was before a swap, is no matter of others. */
    private static Map<String, String> uses(Bundle bundle, BundleWiring wiring) {
        Map<String, SortedSet<String>> uses = new TreeMap<>();
        for (BundleWire wire : wiring.getRequiredWires(null)) {
            String namespace = wire.getCapability().getNamespace();
            Bundle provider = wire.getProvider().getBundle();
            if (provider.getBundleId() != Constants.SYSTEM_BUNDLE_ID && !provider.equals(bundle)) {
                String what = kind(namespace) + " "
                        + wire.getCapability().getAttributes().get(namespace);
                uses.computeIfAbsent(what, key -> new TreeSet<>()).add(label(provider));
            }
        }
        Map<String, String> texts = new TreeMap<>();
        uses.forEach((what, providers) -> texts.put(what, String.join(", ", providers)));
        return texts;
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
