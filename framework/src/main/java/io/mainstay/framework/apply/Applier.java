package io.mainstay.framework.apply;

import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.RunningBundle;
import io.mainstay.framework.plan.RunningState;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.TargetBundle;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a framework from one generation to another, or leaves it where it was. Not thread-safe: one change at a time.
 * The contents of both generations have to be loaded.
 */
public final class Applier {
    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    private final BundleContext system;
    private final StoreModuleConnector connector;
    private final Duration limit;

    /**
     * Makes an applier.
     *
     * @param system the system bundle's context
     * @param limit how long one step may take
     */
    public Applier(BundleContext system, StoreModuleConnector connector, Duration limit) {
        this.system = system;
        this.connector = connector;
        this.limit = limit;
    }

    /** Applies {@code wanted}; on failure goes back to {@code before}, which is what the framework should run now. */
    public Outcome apply(Collection<TargetBundle> before, Collection<TargetBundle> wanted) {
        return apply(before, wanted, ForeignBundles.NONE);
    }

    /**
     * Applies {@code wanted}, and to bundles too that came past the store.
     *
     * @param foreign those, which are in {@code before} at their locations if they can be brought back
     */
    public Outcome apply(Collection<TargetBundle> before, Collection<TargetBundle> wanted, ForeignBundles foreign) {
        long begin = System.nanoTime();
        RunningState running = StateCapture.capture(system, connector, foreign);
        Plan plan = Planner.plan(running, wanted, awakened(before, wanted));
        FrameworkOperations operations = new FrameworkOperations(system, connector, foreign, new Watchdog(limit));
        Set<String> wasActive = active(running);
        try {
            run(plan, operations);
            requireActive(wanted, plan, wasActive);
            return new Outcome.Applied(plan, since(begin));
        } catch (BundleException | RuntimeException e) {
            LOG.error("The change failed; going back", e);
            String cause = e instanceof ApplyException ? e.getMessage() : Causes.oneLine(e);
            Optional<Exception> second = goBack(before, foreign, wasActive, operations);
            return second.isEmpty()
                    ? new Outcome.RolledBack(plan, since(begin), cause)
                    : new Outcome.Broken(plan, since(begin), cause, Causes.oneLine(second.get()));
        }
    }

    /** Raises the framework's start level, if it is lower, and waits until the bundles up to there are started. */
    public void raiseStartLevel(int startLevel) throws BundleException {
        new FrameworkOperations(system, connector, ForeignBundles.NONE, new Watchdog(limit))
                .raiseFrameworkLevel(startLevel);
    }

    /** Does as much of the way back as can be done: what fails on one bundle is no reason to leave others stopped. */
    private Optional<Exception> goBack(
            Collection<TargetBundle> before,
            ForeignBundles foreign,
            Set<String> wasActive,
            FrameworkOperations operations) {
        operations.goBack();
        Plan back;
        try {
            RunningState left = StateCapture.capture(system, connector, foreign.restorable());
            back = Planner.planBack(left, before, wasActive, operations.disturbed());
        } catch (RuntimeException e) {
            LOG.error("There is no way back", e);
            return Optional.of(e);
        }
        Exception first = null;
        for (Step step : back.steps()) {
            try {
                LOG.debug("{}", step);
                step.applyTo(operations);
            } catch (BundleException | RuntimeException e) {
                LOG.error("The way back failed at {}; doing the rest of it", step, e);
                first = first == null ? e : first;
            }
        }
        return Optional.ofNullable(first);
    }

    /** {@return the locations of what rested before, and is to be active} */
    private static Set<String> awakened(Collection<TargetBundle> before, Collection<TargetBundle> wanted) {
        Set<String> rested = before.stream()
                .filter(bundle -> !bundle.entry().autostart())
                .map(TargetBundle::location)
                .collect(Collectors.toSet());
        return wanted.stream()
                .filter(TargetBundle::isStarted)
                .map(TargetBundle::location)
                .filter(rested::contains)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static void run(Plan plan, Step.Operations operations) throws BundleException {
        for (Step step : plan.steps()) {
            LOG.debug("{}", step);
            step.applyTo(operations);
        }
    }

    private static Set<String> active(RunningState state) {
        return state.bundles().stream()
                .filter(bundle -> bundle.state() == RunningBundle.State.ACTIVE)
                .map(RunningBundle::location)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** What was active or was started has to be active at the end: a later start may have stopped an earlier one. */
    private void requireActive(Collection<TargetBundle> wanted, Plan plan, Set<String> wasActive)
            throws ApplyException {
        Set<String> started = plan.steps().stream()
                .filter(Step.Start.class::isInstance)
                .map(step -> ((Step.Start) step).location())
                .collect(Collectors.toSet());
        if (system.getBundle().getState() == Bundle.STOPPING) {
            throw new ApplyException("A bundle of this change has stopped the framework", null);
        }
        for (TargetBundle bundle : wanted) {
            boolean expected = started.contains(bundle.location()) || wasActive.contains(bundle.location());
            Bundle found = system.getBundle(bundle.location());
            if (expected && bundle.isStarted() && (found == null || !Activation.isUp(found))) {
                throw new ApplyException(
                        bundle.entry().label() + " should be active after the change, and is not", null);
            }
        }
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
