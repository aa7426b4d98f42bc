package io.mainstay.framework.apply;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.CallLimits;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        Swaps swaps = knowing(before, wanted);
        while (true) {
            try {
                return apply(by, before, wanted, configured, forced, foreign, swaps);
            } catch (NotSwappedException e) {
                LOG.info("{}; it is reset together with them", e.getMessage());
                swaps = swaps.without(Set.of(e.location()));
            }
        }
    }

    private static Swaps knowing(Collection<TargetBundle> before, Collection<TargetBundle> wanted) {
        return Swaps.knowing(Stream.concat(before.stream(), wanted.stream()).toList());
    }

    /** @throws NotSwappedException if the plan was wrong in that a bundle can be swapped, and all is as it was */
    private Outcome apply(
            String by,
            Collection<TargetBundle> before,
            Collection<TargetBundle> wanted,
            Map<String, Configuration> configured,
            boolean forced,
            ForeignBundles foreign,
            Swaps swaps)
            throws NotSwappedException {
        long begin = System.nanoTime();
        Snapshot snapshot = Snapshot.take(system, configurations);
        Plan plan =
                Planner.plan(StateCapture.capture(system, connector, foreign), wanted, swaps, awakened(before, wanted));
        FrameworkOperations operations = operations(forced, foreign);
        try (ResetWatch watch = ResetWatch.begin(system);
                Reset services = services(by, plan, wanted, forced)) {
            SortedMap<String, String> reset = null;
            try {
                HealthGate gate = HealthGate.beforeChange(system, configurations, healthLimit);
                drain(services);
                save(services);
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
                services.end();
                return new Outcome.Applied(plan, reset, since(begin), services.continuity());
            } catch (BundleException | RuntimeException | Error e) { // code of bundles may throw anything
                LOG.error("The change failed; going back", e);
                reset = reset == null ? watch.reset() : reset;
                if (system.getBundle().getState() != Bundle.ACTIVE) {
                    LOG.warn("The framework ends; its next start has what there was before");
                    configurations.endWith(snapshot.configurations());
                    return new Outcome.RolledBack(plan, reset, since(begin), services.continuity(), message(e));
                }
                String cause = services.failure().orElse(message(e));
                services.holdAgain();
                Optional<String> difference = new WayBack(system, connector, operations, snapshot, foreign, swaps)
                        .go(before, watch.installedBy(locations(wanted)));
                settleBack(services);
                cause += services.failure()
                        .map(why -> "; and going back: " + why)
                        .orElse("");
                services.end();
                if (e instanceof NotSwappedException wrong && difference.isEmpty()) {
                    throw wrong;
                }
                return difference.isEmpty()
                        ? new Outcome.RolledBack(plan, reset, since(begin), services.continuity(), cause)
                        : new Outcome.Broken(plan, reset, since(begin), services.continuity(), cause, difference.get());
            }
        }
    }

    /**
     * Takes the framework to a generation that has worked before, from one that does not: there is no way back from here,
     * so as much as can be done is done, and nothing is asked of it but that its bundles are active. Services go on, as in
     * any change, as far as they can.
     *
     * @param to what that is, for those whose calls wait for it
     * @param configured its configurations
     * @param startAll whether to start all bundles of it; else what is stopped now stays so
     */
    public Outcome restore(
            String to, Collection<TargetBundle> wanted, Map<String, Configuration> configured, boolean startAll) {
        long begin = System.nanoTime();
        Snapshot snapshot = Snapshot.take(system, configurations);
        Plan plan = Planner.plan(
                StateCapture.capture(system, connector, ForeignBundles.NONE),
                wanted,
                Swaps.NONE,
                startAll ? locations(wanted) : Set.of());
        FrameworkOperations operations = operations(true, ForeignBundles.NONE);
        try (ResetWatch watch = ResetWatch.begin(system);
                Reset services = services(to, plan, wanted, true)) {
            List<Exception> failures = new ArrayList<>();
            services.drain().forEach(stuck -> LOG.warn("On the way to {}: {}", to, stuck));
            attempt("saving the state of services", services::save, failures);
            attempt("stopping what is wired to what is reset", () -> operations.stopUsersOf(plan), failures);
            runAll(plan.beforeStarts(), operations, failures);
            Optional<Exception> refused = attempt("configuring", () -> operations.configure(configured), failures);
            runAll(plan.starts(), operations, failures);
            operations.startBesides();
            for (String location : services.missing()) {
                attempt("starting what waits", () -> operations.startWaiting(location), failures);
            }
            settleBack(services);
            services.end();
            SortedMap<String, String> reset = watch.reset();
            try {
                require(wanted, plan, snapshot);
            } catch (ApplyException e) {
                String cause = message(failures.isEmpty() ? e : failures.get(0));
                return new Outcome.Broken(plan, reset, since(begin), services.continuity(), cause, e.getMessage());
            }
            return refused.isEmpty()
                    ? new Outcome.Applied(plan, reset, since(begin), services.continuity())
                    : new Outcome.Broken(
                            plan,
                            reset,
                            since(begin),
                            services.continuity(),
                            message(failures.get(0)),
                            message(refused.get()));
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws BundleException;
    }

    private static void runAll(List<Step> steps, FrameworkOperations operations, List<Exception> failures) {
        steps.forEach(step -> attempt(step.toString(), () -> step.applyTo(operations), failures));
    }

    private static Optional<Exception> attempt(String what, Attempt attempt, List<Exception> failures) {
        try {
            attempt.run();
            return Optional.empty();
        } catch (BundleException | RuntimeException e) {
            LOG.error("{} failed on the way to a generation that has worked; doing the rest", what, e);
            failures.add(e);
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
        operations.begin(plan);
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
    private Reset services(String by, Plan plan, Collection<TargetBundle> wanted, boolean forced) {
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
        Set<String> swapped = plan.reset().stream()
                .filter(member -> member.way().swapped())
                .map(ResetMember::location)
                .collect(Collectors.toUnmodifiableSet());
        return durables.reset(by, stopped, swapped, back, started, limits, new Watchdog(limits.handover()), forced);
    }

    private void drain(Reset services) throws ApplyException {
        List<String> stuck = services.drain();
        if (!stuck.isEmpty() && limits.forced()) {
            LOG.warn("Replacing services that are being called, as the settings say: {}", stuck);
        } else if (!stuck.isEmpty()) {
            throw new ApplyException(
                    "Cannot replace services that are being called: " + stuck.get(0) + "; it had "
                            + limits.drain().toMillis() + " ms",
                    null);
        }
    }

    private static void save(Reset services) throws ApplyException {
        try {
            services.save();
        } catch (BundleException e) {
            throw new ApplyException(e.getMessage(), e);
        }
    }

    /** Factories of bundles are called here, and may hang as all code of bundles. */
    private void settle(Reset services) throws ApplyException {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        new Watchdog(stepLimit).run("bring services back", () -> {
            try {
                services.settle();
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        if (failure.get() != null) {
            // it says which service; its cause does not
            throw new ApplyException(failure.get().getMessage(), failure.get());
        }
    }

    private void settleBack(Reset services) {
        try {
            new Watchdog(stepLimit).run("bring services back", services::settleBack);
        } catch (ApplyException e) {
            LOG.error("Services are not all back", e);
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
