package io.mainstay.framework.apply;

import io.mainstay.framework.plan.TargetBundle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/**
 * What a bundle of a generation sees: the packages that it is wired to, and those that it could import, from whom the
 * resolver would give them to a newcomer. Found out in a framework that is thrown away, as a {@link DryRun} is.
 */
public final class Sight {
    /** The location that stands for the framework itself. */
    public static final String FRAMEWORK = Constants.SYSTEM_BUNDLE_LOCATION;

    private Sight() {}

    /**
     * A package that is seen, from one of those who have it.
     *
     * @param name its name
     * @param version the version that it is exported at
     * @param location the location of the bundle that it comes from; {@link #FRAMEWORK} for the framework
     * @param wired whether the bundle is wired to it, or only could be
     */
    public record Seen(String name, Version version, String location, boolean wired) {}

    /**
     * {@return what a bundle sees, or would see if it were there}
     *
     * @param configuration properties of frameworks that run the bundles
     * @param bundles all bundles of the generation
     * @param location the bundle's location
     */
    public static List<Seen> of(Map<String, String> configuration, Collection<TargetBundle> bundles, String location) {
        try (DryFramework framework = DryFramework.booted(configuration, bundles)) {
            BundleContext system = framework.system();
            Map<String, List<Seen>> seen = new LinkedHashMap<>();
            Optional.ofNullable(system.getBundle(location))
                    .map(bundle -> bundle.adapt(BundleWiring.class))
                    .ifPresent(wiring -> addWired(wiring, seen));
            addExported(system, location, seen);
            return seen.values().stream().flatMap(List::stream).toList();
        }
    }

    /** A package comes from whom it is imported from, or else from all required bundles that have it (OSGi Core 8, 3.13). */
    private static void addWired(BundleWiring wiring, Map<String, List<Seen>> seen) {
        for (BundleWire wire : wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE)) {
            add(wire.getCapability(), true, seen);
        }
        Set<String> imported = Set.copyOf(seen.keySet());
        Set<BundleWiring> required = new LinkedHashSet<>();
        for (BundleWire wire : wiring.getRequiredWires(BundleNamespace.BUNDLE_NAMESPACE)) {
            addRequired(wire.getProviderWiring(), required);
        }
        for (BundleWiring one : required) {
            for (BundleCapability capability : one.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE)) {
                if (!imported.contains(name(capability))) {
                    add(capability, true, seen);
                }
            }
        }
    }

    /** Adds a bundle that is required, and those that it passes on. */
    private static void addRequired(BundleWiring wiring, Set<BundleWiring> required) {
        if (wiring != null && required.add(wiring)) {
            for (BundleWire wire : wiring.getRequiredWires(BundleNamespace.BUNDLE_NAMESPACE)) {
                if (BundleNamespace.VISIBILITY_REEXPORT.equals(
                        wire.getRequirement().getDirectives().get(BundleNamespace.REQUIREMENT_VISIBILITY_DIRECTIVE))) {
                    addRequired(wire.getProviderWiring(), required);
                }
            }
        }
    }

    /** The resolver prefers what is resolved, then the higher version, then what was installed first. */
    private static void addExported(BundleContext system, String location, Map<String, List<Seen>> seen) {
        List<BundleCapability> exported = new ArrayList<>();
        for (Bundle bundle : system.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            if (wiring != null && !bundle.getLocation().equals(location)) {
                exported.addAll(wiring.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE));
            }
        }
        exported.sort(Comparator.comparing(Sight::version)
                .reversed()
                .thenComparing(one -> one.getRevision().getBundle().getBundleId()));
        exported.stream().filter(one -> !seen.containsKey(name(one))).forEach(one -> add(one, false, seen));
    }

    /** The package of a fragment is in the fragment's jar, although its host is wired. */
    private static void add(BundleCapability capability, boolean wired, Map<String, List<Seen>> seen) {
        String name = name(capability);
        if (!name.startsWith("java.")) {
            String location = capability.getRevision().getBundle().getLocation();
            List<Seen> from = seen.computeIfAbsent(name, key -> new ArrayList<>());
            if (from.stream().noneMatch(one -> one.location().equals(location))) {
                from.add(new Seen(name, version(capability), location, wired));
            }
        }
    }

    private static String name(BundleCapability capability) {
        return (String) capability.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE);
    }

    private static Version version(BundleCapability capability) {
        Object version = capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE);
        return version instanceof Version known ? known : Version.emptyVersion;
    }
}
