package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Settings;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.store.GenerationEntry;
import java.time.Duration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;

/** Looks at a framework, from inside a container or from outside. */
final class Running {
    private Running() {}

    /** Fails on any framework that is not ours: Pax Exam runs tests in whichever it finds. */
    static void assertOurs(BundleContext context) {
        assertThat(context.getProperty(Settings.VERSION))
                .as("not our framework: property %s", Settings.VERSION)
                .isNotBlank();
        assertThat(System.getProperty(Settings.VERSION))
                .as("frameworks answer with system properties, too, so there must be none of that name")
                .isNull();
        ServiceReference<RunningNode> reference = context.getServiceReference(RunningNode.class);
        assertThat(reference).as("the service RunningNode").isNotNull();
        assertThat(reference.getBundle().getBundleId()).isEqualTo(Constants.SYSTEM_BUNDLE_ID);
    }

    static RunningNode node(BundleContext context) {
        return context.getService(context.getServiceReference(RunningNode.class));
    }

    /** Waits until every bundle of the node's generation is up, and comes from the store. */
    static void awaitUp(BundleContext context) throws InterruptedException {
        List<GenerationEntry> entries =
                node(context).generation().orElseThrow().generation().state().entries();
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!down(context, entries).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        assertThat(down(context, entries)).as("bundles that are not up").isEmpty();
    }

    private static List<String> down(BundleContext context, List<GenerationEntry> entries) {
        return entries.stream()
                .filter(entry -> !isUp(context.getBundle(entry.location())))
                .map(entry -> entry.label() + ": " + context.getBundle(entry.location()))
                .toList();
    }

    private static boolean isUp(Bundle bundle) {
        if (bundle == null) {
            return false;
        }
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        if ((revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0) {
            return bundle.getState() == Bundle.RESOLVED;
        }
        return bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING && isLazy(bundle);
    }

    /** A bundle without an activator has nothing to wait with. */
    private static boolean isLazy(Bundle bundle) {
        String policy = bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATIONPOLICY);
        return policy != null
                && policy.startsWith(Constants.ACTIVATION_LAZY)
                && bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATOR) != null;
    }
}
