package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.TargetConfigurations;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.spi.Milestone;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One try to make a change: there, or back to where it began. Not thread-safe; used once. */
final class Attempt {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

    private final ApplyContext context;
    private final Collection<TargetBundle> before;
    private final Collection<TargetBundle> wanted;
    private final TargetConfigurations configured;
    private final ForeignBundles foreign;
    private final Swaps swaps;
    private final Snapshot snapshot;
    private final Plan plan;
    private final Watchdog watchdog;
    private final FrameworkOperations operations;
    private final Toll toll;

    private boolean there;
    /** Whether something was done that has to be taken back. */
    private boolean begun;
    /** Whether what is being done is done to code of before: what fails there says nothing of the new. */
    private boolean inOldCode = true;

    /**
     * @param swaps says which bundles can be swapped
     * @param toll what attempts before this one have cost; gets what this one does
     */
    Attempt(
            ApplyContext context,
            Collection<TargetBundle> before,
            Collection<TargetBundle> wanted,
            TargetConfigurations configured,
            boolean forced,
            ForeignBundles foreign,
            Swaps swaps,
            Toll toll) {
        this.context = context;
        this.toll = toll;
        this.before = before;
        this.wanted = wanted;
        this.configured = configured;
        this.foreign = foreign;
        this.swaps = swaps;
        this.snapshot = Snapshot.take(context.system(), context.configurations());
        this.plan = Planner.plan(
                StateCapture.capture(context.system(), context.connector(), foreign),
                wanted,
                swaps,
                awakened(before, wanted));
        this.watchdog = context.watchdog();
        this.operations = context.operations(forced, foreign, watchdog);
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

    /**
     * Goes there, or back.
     *
     * @throws NotSwappedException if the plan was wrong in that a bundle can be swapped, and all is as it was
     */
    Outcome make(String by, boolean forced) throws NotSwappedException {
        try (ResetWatch watch = ResetWatch.begin(context.system());
                HeldServices services = HeldServices.of(context, by, plan, wanted, toll.waits(), forced, watchdog)) {
            try {
                return goThere(services, watch);
            } catch (BundleException | RuntimeException | Error e) { // code of bundles may throw anything
                noteReset(watch);
                try {
                    return goBack(e, services, watch);
                } catch (NotSwappedException wrong) {
                    toll.reset().putAll(watch.reset()); // the way back belongs to what the change does, as it goes on
                    throw wrong;
                } catch (RuntimeException | Error second) { // nobody may take this for a framework that is as it was
                    Causes.log(LOG, "The way back failed", second);
                    return new Outcome.Broken(
                            plan, toll.reset(), toll.took(), services.continuity(), message(e), Causes.oneLine(second));
                }
            }
        }
    }

    private Outcome goThere(HeldServices services, ResetWatch watch) throws BundleException {
        Requirements requirements = new Requirements(context.system(), wanted, plan, snapshot);
        HealthGate gate = HealthGate.beforeChange(context.system(), context.configurations(), context.healthLimit());
        services.drain();
        services.save();
        begun = true;
        operations.begin(plan);
        operations.stopUsersOf(plan);
        run(plan.beforeStarts());
        inOldCode = false;
        operations.configure(configured);
        run(plan.starts());
        operations.startBesides();
        operations.startAgain(notUpBefore());
        for (String location : services.missing()) {
            operations.startWaiting(location);
        }
        services.settle();
        services.release();
        noteReset(watch);
        requirements.check();
        gate.pass();
        requirements.check(); // what was well may have ended while others were waited for
        compare();
        Milestone.APPLIED.reached();
        services.end();
        return new Outcome.Applied(plan, toll.reset(), toll.took(), services.continuity());
    }

    /** What is reset on the way back is not noted. */
    private void noteReset(ResetWatch watch) {
        if (!there) {
            there = true;
            toll.reset().putAll(watch.reset());
        }
    }

    private void run(List<Step> steps) throws BundleException {
        for (Step step : steps) {
            LOG.debug("{}", step);
            inOldCode = step instanceof Step.Stop || step instanceof Step.Deactivate;
            step.applyTo(operations);
        }
    }

    /** {@return what should be active, was not, and is wired anew: it may work with what is new} */
    private Set<String> notUpBefore() {
        Set<String> wiredAnew = plan.reset().stream().map(ResetMember::location).collect(Collectors.toSet());
        return wanted.stream()
                .filter(TargetBundle::isStarted)
                .map(TargetBundle::location)
                .filter(wiredAnew::contains)
                .filter(location -> !plan.started().contains(location))
                .collect(Collectors.toUnmodifiableSet());
    }

    private Outcome goBack(Throwable failure, HeldServices services, ResetWatch watch) throws NotSwappedException {
        Causes.log(LOG, "The change failed; going back", failure);
        if (context.system().getBundle().getState() != Bundle.ACTIVE) {
            LOG.warn("The framework ends; its next start has what there was before");
            context.configurations().endWith(snapshot.configurations());
            return new Outcome.RolledBack(
                    plan, toll.reset(), toll.took(), services.continuity(), message(failure), inOldCode);
        }
        if (!begun) { // who waits is not to wait once more
            services.end();
            return new Outcome.RolledBack(
                    plan, toll.reset(), toll.took(), services.continuity(), message(failure), inOldCode);
        }
        String cause = services.failure().orElse(message(failure));
        services.holdAgain();
        Optional<String> difference = new WayBack(
                        context.system(), context.connector(), operations, snapshot, foreign, swaps)
                .go(before, watch.installedBy(Applier.locations(wanted)));
        services.settleBack();
        cause += services.failure().map(why -> "; and going back: " + why).orElse("");
        services.end();
        if (failure instanceof NotSwappedException wrong && difference.isEmpty()) {
            throw wrong;
        }
        return difference.isEmpty()
                ? new Outcome.RolledBack(plan, toll.reset(), toll.took(), services.continuity(), cause, inOldCode)
                : new Outcome.Broken(plan, toll.reset(), toll.took(), services.continuity(), cause, difference.get());
    }

    static String message(Throwable failure) {
        return failure instanceof ApplyException ? failure.getMessage() : Causes.oneLine(failure);
    }

    /** A plan that does not say what happens is wrong, and whoever decided by it has to know. */
    private void compare() {
        Set<String> planned = plan.reset().stream().map(ResetMember::location).collect(Collectors.toSet());
        for (Step step : plan.steps()) {
            if (step instanceof Step.Deactivate deactivate) {
                planned.add(deactivate.location());
            }
        }
        Set<String> unforeseen = new HashSet<>(toll.reset().keySet());
        unforeseen.removeAll(planned);
        Set<String> spared = new HashSet<>(planned);
        spared.removeAll(toll.reset().keySet());
        if (!unforeseen.isEmpty() || !spared.isEmpty()) {
            LOG.warn("The change has also reset {}, and has not reset {}, other than planned", unforeseen, spared);
        }
    }
}
