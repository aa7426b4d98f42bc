package io.mainstay.framework.apply;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.CallLimits;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.node.NodeReport.Calls;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.spi.Milestone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
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
    private final LiveConfigurations configurations;
    private final DurableServices durables;
    private final Duration stepLimit;
    private final Duration healthLimit;
    private final CallLimits limits;

    /**
     * Makes an applier.
     *
     * @param system the system bundle's context
     * @param configurations the framework's
     * @param stepLimit how long one step may take
     * @param healthLimit how long it may take until all is well after the steps
     */
    public Applier(
            BundleContext system,
            StoreModuleConnector connector,
            LiveConfigurations configurations,
            DurableServices durables,
            Duration stepLimit,
            Duration healthLimit,
            CallLimits limits) {
        this.limits = limits;
        this.durables = durables;
        this.system = system;
        this.connector = connector;
        this.configurations = configurations;
        this.stepLimit = stepLimit;
        this.healthLimit = healthLimit;
    }

    /**
     * Applies {@code wanted}, and {@code configured} between resolving and starting, so that what starts finds its new
     * configuration; on failure goes back to {@code before}, which is what the framework should run now, and to the
     * configurations as they are now.
     *
     * @param by what the change leads to, for those whose calls wait for it
     * @param forced whether to put up with bundles that throw when they are stopped
     * @param foreign bundles that came past the store, and that the change is about too; they are in {@code before} at their
     *     locations if they can be brought back
     */
    public Outcome apply(
            String by,
            Collection<TargetBundle> before,
            Collection<TargetBundle> wanted,
            Map<String, Configuration> configured,
            boolean forced,
            ForeignBundles foreign) {
        long begin = System.nanoTime();
        Snapshot snapshot = Snapshot.take(system, configurations);
        Plan plan = Planner.plan(StateCapture.capture(system, connector, foreign), wanted, awakened(before, wanted));
        FrameworkOperations operations = operations(forced, foreign);
        try (ResetWatch watch = ResetWatch.begin(system);
                Reset services = services(by, plan, wanted)) {
            SortedMap<String, String> reset = null;
            try {
                HealthGate gate = HealthGate.beforeChange(system, configurations, healthLimit);
                drain(services);
                run(plan, configured, operations);
                operations.startBesides();
                for (String location : services.missing()) {
                    operations.startWaiting(location);
                }
                settle(services);
                services.release();
                reset = watch.reset();
                require(wanted, plan, snapshot);
                gate.pass();
                require(wanted, plan, snapshot); // what was well may have ended while others were waited for
                compare(plan, reset);
                Milestone.APPLIED.reached();
                return new Outcome.Applied(plan, reset, since(begin), services.calls());
            } catch (BundleException | RuntimeException | Error e) { // code of bundles may throw anything
                LOG.error("The change failed; going back", e);
                reset = reset == null ? watch.reset() : reset;
                if (system.getBundle().getState() != Bundle.ACTIVE) {
                    LOG.warn("The framework ends; its next start has what there was before");
                    configurations.endWith(snapshot.configurations());
                    return new Outcome.RolledBack(plan, reset, since(begin), services.calls(), message(e));
                }
                services.holdAgain(limits.drain());
                Optional<String> difference = new WayBack(system, connector, operations, snapshot, foreign)
                        .go(before, watch.installedBy(locations(wanted)));
                services.settleBack();
                return difference.isEmpty()
                        ? new Outcome.RolledBack(plan, reset, since(begin), services.calls(), message(e))
                        : new Outcome.Broken(plan, reset, since(begin), services.calls(), message(e), difference.get());
            }
        }
    }

    /**
     * Takes the framework to a generation that has worked before, from one that does not: there is no way back from here,
     * so as much as can be done is done, and nothing is asked of it but that its bundles are active.
     *
     * @param configured its configurations
     * @param startAll whether to start all bundles of it; else what is stopped now stays so
     */
    public Outcome restore(Collection<TargetBundle> wanted, Map<String, Configuration> configured, boolean startAll) {
        long begin = System.nanoTime();
        Snapshot snapshot = Snapshot.take(system, configurations);
        Plan plan = Planner.plan(
                StateCapture.capture(system, connector, ForeignBundles.NONE),
                wanted,
                startAll ? locations(wanted) : Set.of());
        FrameworkOperations operations = operations(true, ForeignBundles.NONE);
        try (ResetWatch watch = ResetWatch.begin(system)) {
            List<Exception> failures = new ArrayList<>();
            runAll(plan.beforeStarts(), operations, failures);
            Optional<Exception> refused = configure(configured, operations);
            refused.ifPresent(failures::add);
            runAll(plan.starts(), operations, failures);
            operations.startBesides();
            SortedMap<String, String> reset = watch.reset();
            try {
                require(wanted, plan, snapshot);
            } catch (ApplyException e) {
                String cause = message(failures.isEmpty() ? e : failures.get(0));
                return new Outcome.Broken(plan, reset, since(begin), Calls.NONE, cause, e.getMessage());
            }
            return refused.isEmpty()
                    ? new Outcome.Applied(plan, reset, since(begin), Calls.NONE)
                    : new Outcome.Broken(
                            plan, reset, since(begin), Calls.NONE, message(failures.get(0)), message(refused.get()));
        }
    }

    private static void runAll(List<Step> steps, FrameworkOperations operations, List<Exception> failures) {
        for (Step step : steps) {
            try {
                step.applyTo(operations);
            } catch (BundleException | RuntimeException e) {
                LOG.error("{} failed on the way to a generation that has worked; doing the rest", step, e);
                failures.add(e);
            }
        }
    }

    private static Optional<Exception> configure(
            Map<String, Configuration> configured, FrameworkOperations operations) {
        try {
            operations.configure(configured);
            return Optional.empty();
        } catch (BundleException | RuntimeException e) {
            LOG.error("Configuring failed on the way to a generation that has worked; doing the rest", e);
            return Optional.of(e);
        }
    }

    /** Raises the framework's start level, if it is lower, and waits until the bundles up to there are started. */
    public void raiseStartLevel(int startLevel) throws BundleException {
        operations(false, ForeignBundles.NONE).raiseFrameworkLevel(startLevel);
    }

    private FrameworkOperations operations(boolean stopsMayThrow, ForeignBundles foreign) {
        FrameworkOperations operations =
                new FrameworkOperations(system, connector, configurations, foreign, new Watchdog(stepLimit));
        if (stopsMayThrow) {
            operations.tolerateStops();
        }
        return operations;
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

    private static void run(Plan plan, Map<String, Configuration> configured, FrameworkOperations operations)
            throws BundleException {
        operations.stopUsersOf(plan);
        run(plan.beforeStarts(), operations);
        operations.configure(configured);
        run(plan.starts(), operations);
    }

    private static void run(List<Step> steps, FrameworkOperations operations) throws BundleException {
        for (Step step : steps) {
            LOG.debug("{}", step);
            step.applyTo(operations);
        }
    }

    /** Holds the services of all that is stopped; those of what is started again stay. */
    private Reset services(String by, Plan plan, Collection<TargetBundle> wanted) {
        Set<String> stopped = new HashSet<>();
        plan.reset().forEach(member -> stopped.add(member.location()));
        plan.steps().stream()
                .filter(Step.Deactivate.class::isInstance)
                .forEach(step -> stopped.add(((Step.Deactivate) step).location()));
        Set<String> back = wanted.stream()
                .filter(TargetBundle::isStarted)
                .map(TargetBundle::location)
                .filter(stopped::contains)
                .collect(Collectors.toUnmodifiableSet());
        Set<String> started = new HashSet<>(stopped);
        plan.steps().stream()
                .filter(Step.Start.class::isInstance)
                .forEach(step -> started.add(((Step.Start) step).location()));
        return durables.reset(by, stopped, back, started, limits.patience());
    }

    private void drain(Reset services) throws ApplyException {
        List<String> stuck = services.drain(limits.drain());
        if (!stuck.isEmpty() && limits.forced()) {
            LOG.warn("Replacing services that are being called, as the settings say: {}", stuck);
        } else if (!stuck.isEmpty()) {
            throw new ApplyException(
                    "Cannot replace services that are being called: " + stuck.get(0) + "; it had "
                            + limits.drain().toMillis() + " ms",
                    null);
        }
    }

    private static void settle(Reset services) throws ApplyException {
        try {
            services.settle();
        } catch (RuntimeException e) {
            throw new ApplyException(e.getMessage(), e); // it says which service; its cause does not
        }
    }

    private static String message(Throwable failure) {
        return failure instanceof ApplyException ? failure.getMessage() : Causes.oneLine(failure);
    }

    private static Set<String> locations(Collection<TargetBundle> bundles) {
        return bundles.stream().map(TargetBundle::location).collect(Collectors.toUnmodifiableSet());
    }

    /** What was active or was started has to be active at the end: a later start may have stopped an earlier one. */
    private void require(Collection<TargetBundle> wanted, Plan plan, Snapshot before) throws ApplyException {
        if (system.getBundle().getState() != Bundle.ACTIVE) {
            throw new ApplyException(
                    "The framework was stopped while this change was applied, by a bundle of it or from outside", null);
        }
        Set<String> started = plan.steps().stream()
                .filter(Step.Start.class::isInstance)
                .map(step -> ((Step.Start) step).location())
                .collect(Collectors.toSet());
        for (TargetBundle bundle : wanted) {
            Snapshot.Known known = before.bundles().get(bundle.location());
            boolean expected = started.contains(bundle.location()) || known != null && known.wasUp();
            Bundle found = system.getBundle(bundle.location());
            if (expected && bundle.isStarted() && (found == null || !Activation.isUp(found))) {
                throw new ApplyException(
                        bundle.entry().label() + " should be active after the change, and is not", null);
            }
            if (found == null || before.isTamperedWith(found)) {
                throw new ApplyException(
                        bundle.entry().label() + " was " + (found == null ? "removed" : "updated")
                                + " behind the store's back during the change",
                        null);
            }
        }
    }

    /** A plan that does not say what happens is wrong, and whoever decided by it has to know. */
    private static void compare(Plan plan, Map<String, String> actual) {
        Set<String> planned = plan.reset().stream().map(ResetMember::location).collect(Collectors.toSet());
        for (Step step : plan.steps()) {
            if (step instanceof Step.Deactivate deactivate) {
                planned.add(deactivate.location());
            }
        }
        Set<String> unforeseen = new HashSet<>(actual.keySet());
        unforeseen.removeAll(planned);
        Set<String> spared = new HashSet<>(planned);
        spared.removeAll(actual.keySet());
        if (!unforeseen.isEmpty() || !spared.isEmpty()) {
            LOG.warn("The change has also reset {}, and has not reset {}, other than planned", unforeseen, spared);
        }
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
