package io.mainstay.framework.apply;

import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
import io.mainstay.framework.plan.TargetBundle;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a framework back to what it was before a change that failed. What fails on one bundle is no reason to leave others
 * as they are; so all is tried, and at the end it is looked whether everything is as it was. Not thread-safe.
 */
final class WayBack {
    private static final Logger LOG = LoggerFactory.getLogger(WayBack.class);

    private final BundleContext system;
    private final StoreModuleConnector connector;
    private final FrameworkOperations operations;
    private final Snapshot before;
    private final ForeignBundles foreign;
    private Swaps swaps;
    private String first;
    private boolean configured;
    /** Where a bundle is that could not be swapped back; null if all could. */
    private String unswappable;

    WayBack(
            BundleContext system,
            StoreModuleConnector connector,
            FrameworkOperations operations,
            Snapshot before,
            ForeignBundles foreign,
            Swaps swaps) {
        this.system = system;
        this.connector = connector;
        this.operations = operations;
        this.before = before;
        this.foreign = foreign;
        this.swaps = swaps;
    }

    @FunctionalInterface
    private interface Doing {
        void run() throws BundleException;
    }

    /**
     * Goes back.
     *
     * @param bundles the bundles of the store that were there
     * @param installed what bundles of the change have installed
     * @return what is not as it was, and why; empty if all is
     */
    Optional<String> go(Collection<TargetBundle> bundles, List<Bundle> installed) {
        operations.goBack();
        for (Bundle bundle : installed) {
            attempt("uninstall " + bundle.getLocation(), () -> operations.uninstallForeign(bundle));
        }
        attempt("plan the way back", () -> take(plan(bundles)));
        if (unswappable != null) {
            // what is there now is wired otherwise than before: wire it anew, with its users
            operations.disturb(unswappable);
            swaps = Swaps.NONE;
            attempt("plan the way back without swaps", () -> take(plan(bundles)));
        }
        attempt("set the framework's start level", () -> operations.setFrameworkLevel(before.frameworkLevel()));
        before.bundles().forEach(this::restore);
        List<String> differences = before.differences(system, connector, installed, foreign.unreadable());
        if (!configured) {
            differences.add("The configurations are not as they were");
        }
        if (differences.isEmpty()) {
            return Optional.empty();
        }
        LOG.error("Not all is as it was: {}", differences);
        return Optional.of(differences.get(0) + (first == null ? "" : ": " + first));
    }

    private Plan plan(Collection<TargetBundle> bundles) {
        return Planner.planBack(
                StateCapture.capture(system, connector, foreign.restorable(), before::isTamperedWith),
                bundles,
                swaps,
                before.bundles().entrySet().stream()
                        .filter(known -> known.getValue().wasUp())
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toUnmodifiableSet()),
                operations.disturbed());
    }

    private void take(Plan plan) {
        operations.begin(plan);
        attempt("stop what is reset besides", () -> operations.stopUsersOf(plan));
        take(plan.beforeStarts());
        attempt("set configurations back", this::configure);
        take(plan.starts());
    }

    private void configure() throws BundleException {
        operations.restore(before.configurations());
        configured = true;
    }

    private void take(List<Step> steps) {
        for (Step step : steps) {
            if (unswappable != null && swaps != Swaps.NONE) {
                return; // nothing is to start with wires that are not to stay
            }
            if (step instanceof Step.RaiseFrameworkLevel) {
                attempt(
                        "raise the framework's start level",
                        () -> operations.raiseFrameworkLevel(before.frameworkLevel()));
            } else {
                attempt(step.toString(), () -> step.applyTo(operations));
            }
        }
    }

    private void restore(String location, Snapshot.Known known) {
        Bundle bundle = system.getBundle(location);
        if (bundle != null) {
            attempt("restore " + known.label(), () -> operations.restore(bundle, known));
        }
    }

    private void attempt(String what, Doing doing) {
        try {
            LOG.debug("{}", what);
            doing.run();
        } catch (NotSwappedException e) {
            LOG.warn("{}; it is reset together with them", e.getMessage());
            unswappable = e.location();
        } catch (BundleException | RuntimeException | Error e) { // whatever it is, the rest has to be tried
            Causes.log(LOG, "The way back failed at " + what + "; doing the rest of it", e);
            first = first == null ? Attempt.message(e) : first;
        }
    }
}
