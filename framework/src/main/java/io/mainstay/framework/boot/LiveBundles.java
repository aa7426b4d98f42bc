package io.mainstay.framework.boot;

import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.node.NodeReport.LiveBundle;
import io.mainstay.framework.node.NodeReport.LiveService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Looks at how the bundles of a framework use each other: wires and services. */
final class LiveBundles {
    private LiveBundles() {}

    static List<LiveBundle> of(BundleContext system, DurableServices durables) {
        List<LiveBundle> live = new ArrayList<>();
        Map<ServiceReference<?>, List<Long>> typesOf = durables.typesOf();
        for (Bundle bundle : system.getBundles()) {
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID) {
                List<LiveService> services = services(bundle, typesOf);
                live.add(new LiveBundle(
                        bundle.getBundleId(),
                        bundle.getLocation(),
                        bundle.getSymbolicName() + " " + bundle.getVersion(),
                        wiredTo(bundle),
                        services,
                        passing(durables.passing(bundle.getLocation()), services),
                        Math.max(
                                0,
                                bundle.adapt(BundleRevisions.class)
                                                .getRevisions()
                                                .size()
                                        - 1)));
            }
        }
        return live;
    }

    /** Of those that are there: some have come and gone. */
    private static Map<String, String> passing(Map<String, String> noted, List<LiveService> services) {
        Map<String, String> passing = new TreeMap<>(noted);
        passing.keySet()
                .removeIf(type ->
                        services.stream().noneMatch(service -> service.types().contains(type)));
        return passing;
    }

    /** Revisions before the current one, whose packages others use, have wires of their own. */
    private static List<Long> wiredTo(Bundle bundle) {
        TreeSet<Long> ids = new TreeSet<>();
        for (BundleRevision revision : bundle.adapt(BundleRevisions.class).getRevisions()) {
            BundleWiring wiring = revision.getWiring();
            // both are null when the wiring is not in use any more
            List<BundleWire> required = wiring == null ? null : wiring.getRequiredWires(null);
            if (required != null) {
                required.forEach(wire -> ids.add(wire.getProvider().getBundle().getBundleId()));
            }
            // a host changes when a fragment of it does
            List<BundleWire> provided = wiring == null ? null : wiring.getProvidedWires(BundleRevision.HOST_NAMESPACE);
            if (provided != null) {
                provided.forEach(wire -> ids.add(wire.getRequirer().getBundle().getBundleId()));
            }
        }
        ids.remove(bundle.getBundleId());
        ids.remove(Constants.SYSTEM_BUNDLE_ID);
        return List.copyOf(ids);
    }

    private static List<LiveService> services(Bundle bundle, Map<ServiceReference<?>, List<Long>> typesOf) {
        ServiceReference<?>[] references = references(bundle);
        List<LiveService> services = new ArrayList<>();
        if (references != null) {
            for (ServiceReference<?> reference : references) {
                services.add(new LiveService(
                        List.of((String[]) reference.getProperty(Constants.OBJECTCLASS)),
                        users(bundle, reference),
                        typesOf.getOrDefault(reference, List.of())));
            }
        }
        return services;
    }

    private static ServiceReference<?>[] references(Bundle bundle) {
        try {
            return bundle.getRegisteredServices();
        } catch (IllegalStateException e) {
            return null; // it is uninstalled
        }
    }

    private static List<Long> users(Bundle owner, ServiceReference<?> reference) {
        Bundle[] users = reference.getUsingBundles();
        return users == null
                ? List.of()
                : Arrays.stream(users)
                        .map(Bundle::getBundleId)
                        .filter(id -> id != owner.getBundleId())
                        .distinct()
                        .sorted()
                        .toList();
    }
}
