package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.TargetConfigurations;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
import io.mainstay.framework.plan.TargetBundle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a framework from one generation to another, or leaves it where it was. Not thread-safe: one change at a time.
 * The contents of both generations have to be loaded.
 */
public final class Applier {
    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    private final ApplyContext context;

    /** Makes an applier. */
    public Applier(ApplyContext context) {
        this.context = context;
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
            TargetConfigurations configured,
            boolean forced,
            ForeignBundles foreign) {
        Swaps swaps =
                Swaps.knowing(Stream.concat(before.stream(), wanted.stream()).toList());
        Toll toll = new Toll();
        while (true) {
            try {
                return new Attempt(context, before, wanted, configured, forced, foreign, swaps, toll).make(by, forced);
            } catch (NotSwappedException e) {
                LOG.info("{}; it is reset together with them", e.getMessage());
                swaps = swaps.without(Set.of(e.location()));
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
            String to, Collection<TargetBundle> wanted, TargetConfigurations configured, boolean startAll) {
        Toll toll = new Toll();
        Snapshot snapshot = Snapshot.take(context.system(), context.configurations());
        Plan plan = Planner.plan(
                StateCapture.capture(context.system(), context.connector(), ForeignBundles.NONE),
                wanted,
                Swaps.NONE,
                startAll ? locations(wanted) : Set.of());
        Watchdog watchdog = context.watchdog();
        FrameworkOperations operations = context.operations(true, ForeignBundles.NONE, watchdog);
        try (ResetWatch watch = ResetWatch.begin(context.system());
                HeldServices services = HeldServices.of(context, to, plan, wanted, toll.waits(), true, watchdog)) {
            List<Exception> failures = new ArrayList<>();
            attempt("waiting for calls", services::drain, failures);
            attempt("saving the state of services", services::save, failures);
            attempt("stopping what is wired to what is reset", () -> operations.stopUsersOf(plan), failures);
            runAll(plan.beforeStarts(), operations, failures);
            Optional<Exception> refused = attempt("configuring", () -> operations.configure(configured), failures);
            runAll(plan.starts(), operations, failures);
            operations.startBesides();
            for (String location : services.missing()) {
                attempt("starting what waits", () -> operations.startWaiting(location), failures);
            }
            services.settleBack();
            services.end();
            toll.reset().putAll(watch.reset());
            try {
                new Requirements(context.system(), wanted, plan, snapshot).check();
            } catch (ApplyException e) {
                String cause = Attempt.message(failures.isEmpty() ? e : failures.get(0));
                return new Outcome.Broken(
                        plan, toll.reset(), toll.took(), services.continuity(), cause, e.getMessage());
            }
            return refused.isEmpty()
                    ? new Outcome.Applied(plan, toll.reset(), toll.took(), services.continuity())
                    : new Outcome.Broken(
                            plan,
                            toll.reset(),
                            toll.took(),
                            services.continuity(),
                            Attempt.message(failures.get(0)),
                            Attempt.message(refused.get()));
        }
    }

    @FunctionalInterface
    private interface Doing {
        void run() throws BundleException;
    }

    private static void runAll(List<Step> steps, FrameworkOperations operations, List<Exception> failures) {
        steps.forEach(step -> attempt(step.toString(), () -> step.applyTo(operations), failures));
    }

    private static Optional<Exception> attempt(String what, Doing doing, List<Exception> failures) {
        try {
            doing.run();
            return Optional.empty();
        } catch (BundleException | RuntimeException e) {
            Causes.log(LOG, what + " failed on the way to a generation that has worked; doing the rest", e);
            failures.add(e);
            return Optional.of(e);
        }
    }

    /** Raises the framework's start level, if it is lower, and waits until the bundles up to there are started. */
    public void raiseStartLevel(int startLevel) throws BundleException {
        context.operations(false, ForeignBundles.NONE, context.watchdog()).raiseFrameworkLevel(startLevel);
    }

    static Set<String> locations(Collection<TargetBundle> bundles) {
        return bundles.stream().map(TargetBundle::location).collect(Collectors.toUnmodifiableSet());
    }
}
