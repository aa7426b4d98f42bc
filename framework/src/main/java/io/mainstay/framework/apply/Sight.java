package io.mainstay.framework.apply;

import io.mainstay.framework.plan.TargetBundle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     * A package that is seen.
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
            Map<String, Seen> seen = new LinkedHashMap<>();
            Optional.ofNullable(system.getBundle(location))
                    .map(bundle -> bundle.adapt(BundleWiring.class))
                    .ifPresent(wiring -> addWired(wiring, seen));
            addExported(system, location, seen);
            return List.copyOf(seen.values());
        }
    }

    private static void addWired(BundleWiring wiring, Map<String, Seen> seen) {
        for (BundleWire wire : wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE)) {
            add(wire.getCapability(), true, seen);
        }
        for (BundleWire wire : wiring.getRequiredWires(BundleNamespace.BUNDLE_NAMESPACE)) {
            BundleWiring required = wire.getProviderWiring();
            for (BundleCapability capability : required.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE)) {
                add(capability, true, seen);
            }
        }
    }

    /** The resolver prefers what is resolved, then the higher version, then what was installed first. */
    private static void addExported(BundleContext system, String location, Map<String, Seen> seen) {
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
        exported.forEach(one -> add(one, false, seen));
    }

    /** The package of a fragment is in the fragment's jar, although its host is wired. */
    private static void add(BundleCapability capability, boolean wired, Map<String, Seen> seen) {
        String name = (String) capability.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE);
        if (!name.startsWith("java.")) {
            seen.putIfAbsent(
                    name,
                    new Seen(
                            name,
                            version(capability),
                            capability.getRevision().getBundle().getLocation(),
                            wired));
        }
    }

    private static Version version(BundleCapability capability) {
        Object version = capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE);
        return version instanceof Version known ? known : Version.emptyVersion;
    }
}
