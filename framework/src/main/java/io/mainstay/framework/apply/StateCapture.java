package io.mainstay.framework.apply;

import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.plan.RunningBundle;
import io.mainstay.framework.plan.RunningState;
import io.mainstay.framework.plan.Sharing;
import io.mainstay.store.Digest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Looks at what a framework runs, for the planner. */
final class StateCapture {
    private StateCapture() {}

    /** Looks at a framework. Of the bundles that did not come from the store only those of {@code foreign} are seen. */
    static RunningState capture(BundleContext context, StoreModuleConnector connector, ForeignBundles foreign) {
        return capture(context, connector, foreign, bundle -> false);
    }

    /**
     * Looks at a framework.
     *
     * @param foreign the bundles that did not come from the store, and are seen all the same
     * @param tamperedWith tells what has other content by now than the store has given it
     */
    static RunningState capture(
            BundleContext context,
            StoreModuleConnector connector,
            ForeignBundles foreign,
            Predicate<Bundle> tamperedWith) {
        List<RunningBundle> bundles = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            Optional<Digest> known =
                    ForeignBundles.isFromStore(bundle) ? Optional.empty() : foreign.digest(bundle.getLocation());
            known.or(() -> connector.pinned(bundle.getLocation()))
                    .ifPresent(content ->
                            bundles.add(describe(bundle, content, known.isPresent() || tamperedWith.test(bundle))));
        }
        return RunningState.of(bundles);
    }

    private static RunningBundle describe(Bundle bundle, Digest content, boolean foreign) {
        return new RunningBundle(
                bundle.getLocation(),
                bundle.getSymbolicName() + " " + bundle.getVersion(),
                content,
                foreign,
                bundle.adapt(BundleStartLevel.class).getStartLevel(),
                state(bundle),
                fragmentHost(bundle),
                String.valueOf(bundle.getSymbolicName()),
                providers(bundle),
                sharing(bundle));
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

    /** Users stay wired to the revision that they were resolved with. */
    private static Sharing sharing(Bundle bundle) {
        BundleRevisions all = bundle.adapt(BundleRevisions.class);
        if (all == null) {
            return Sharing.NONE;
        }
        Set<Sharing.Use> uses = new LinkedHashSet<>();
        for (BundleRevision revision : all.getRevisions()) {
            BundleWiring wiring = revision.getWiring();
            List<BundleWire> wires = wiring == null ? null : wiring.getProvidedWires(null);
            for (BundleWire wire : wires == null ? List.<BundleWire>of() : wires) {
                Bundle user = wire.getRequirer().getBundle();
                if (user.getBundleId() != bundle.getBundleId()) {
                    uses.add(use(user, wire.getCapability()));
                }
            }
        }
        return new Sharing(List.copyOf(uses), all.getRevisions().size() - 1);
    }

    private static Sharing.Use use(Bundle user, BundleCapability capability) {
        String namespace = capability.getNamespace();
        Map<String, Object> attributes = capability.getAttributes();
        return new Sharing.Use(
                user.getLocation(),
                namespace,
                String.valueOf(attributes.get(namespace)),
                attributes.get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE) instanceof Version version
                        ? version
                        : Version.emptyVersion);
    }

    /** Revisions before the current one, whose packages others use, have wires of their own. */
    private static Set<String> providers(Bundle bundle) {
        Set<String> locations = new HashSet<>();
        BundleRevisions all = bundle.adapt(BundleRevisions.class);
        for (BundleRevision revision : all == null ? List.<BundleRevision>of() : all.getRevisions()) {
            BundleWiring wiring = revision.getWiring();
            List<BundleWire> required = wiring == null ? null : wiring.getRequiredWires(null);
            if (required == null) {
                continue;
            }
            for (BundleWire wire : required) {
                locations.add(wire.getProvider().getBundle().getLocation());
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
}
