package io.mainstay.framework.apply;

import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.TargetBundle;
import java.util.Collection;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** What has to be so after a change: what was active or was started is active, and nobody else has changed anything. */
final class Requirements {
    private final BundleContext system;
    private final Collection<TargetBundle> wanted;
    private final Set<String> started;
    private final Snapshot before;

    Requirements(BundleContext system, Collection<TargetBundle> wanted, Plan plan, Snapshot before) {
        this.system = system;
        this.wanted = wanted;
        this.started = plan.started();
        this.before = before;
    }

    /**
     * Looks at all bundles: a later start may have stopped what an earlier one started.
     *
     * @throws ApplyException if something is otherwise
     */
    void check() throws ApplyException {
        if (system.getBundle().getState() != Bundle.ACTIVE) {
            throw new ApplyException(
                    "The framework was stopped while this change was applied, by a bundle of it or from outside", null);
        }
        for (TargetBundle bundle : wanted) {
            check(bundle);
        }
    }

    private void check(TargetBundle bundle) throws ApplyException {
        Snapshot.Known known = before.bundles().get(bundle.location());
        boolean expected = started.contains(bundle.location()) || known != null && known.wasUp();
        Bundle found = system.getBundle(bundle.location());
        if (expected && bundle.isStarted() && (found == null || !Activation.isUp(found))) {
            throw new ApplyException(
                    bundle.entry().label() + " should be active after the change, and is not"
                            + (found == null ? "" : Activation.whyNot(found)),
                    null);
        }
        if (found == null || before.isTamperedWith(found)) {
            throw new ApplyException(
                    bundle.entry().label() + " was " + (found == null ? "removed" : "updated")
                            + " behind the store's back during the change",
                    null);
        }
    }
}
