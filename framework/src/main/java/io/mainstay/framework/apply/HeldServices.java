package io.mainstay.framework.apply;

import io.mainstay.framework.durable.Affected;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.durable.Waits;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.TargetBundle;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services of the bundles that a change stops: held while it is made. Those of what is started again stay. Code of
 * bundles is called within time limits only. Not thread-safe.
 */
final class HeldServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeldServices.class);

    private final ApplyContext context;
    private final Reset reset;
    private final Watchdog watchdog;

    private HeldServices(ApplyContext context, Reset reset, Watchdog watchdog) {
        this.context = context;
        this.reset = reset;
        this.watchdog = watchdog;
        watchdog.tell(reset::standsStill);
    }

    /**
     * Prepares to hold; {@link #drain} begins.
     *
     * @param by what the change leads to, for those whose calls wait for it
     * @param waits gets what is waited for
     * @param forced whether state that cannot be saved is left behind
     * @param watchdog runs what brings services back
     */
    static HeldServices of(
            ApplyContext context,
            String by,
            Plan plan,
            Collection<TargetBundle> wanted,
            Waits waits,
            boolean forced,
            Watchdog watchdog) {
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
        started.addAll(plan.started());
        Set<String> swapped = plan.reset().stream()
                .filter(member -> member.way().swapped())
                .map(ResetMember::location)
                .collect(Collectors.toUnmodifiableSet());
        return new HeldServices(
                context,
                context.durables()
                        .reset(
                                by,
                                new Affected(stopped, swapped, back, started),
                                context.callLimits(),
                                waits,
                                new Watchdog(context.callLimits().handover()),
                                forced),
                watchdog);
    }

    /** Holds new calls, and waits for those that are under way. */
    void drain() throws ApplyException {
        List<String> stuck = reset.drain();
        if (!stuck.isEmpty() && context.callLimits().forced()) {
            LOG.warn("Replacing services that are being called, as the settings say: {}", stuck);
        } else if (!stuck.isEmpty()) {
            Duration limit = context.callLimits().drain();
            throw new ApplyException(
                    "Cannot replace services that are being called: " + stuck.get(0) + "; it had " + limit.toMillis()
                            + " ms",
                    null);
        }
    }

    /** Has them save what they hand over. */
    void save() throws ApplyException {
        try {
            reset.save();
        } catch (BundleException e) {
            throw new ApplyException(e.getMessage(), e);
        }
    }

    /** {@return the locations of bundles whose services have not come back} */
    Set<String> missing() {
        return reset.missing();
    }

    /** Waits for what comes late, and ends what does not come. */
    void settle() throws ApplyException {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        watchdog.runOwn("bring services back", () -> {
            try {
                reset.settle(context.configurations()::isDeleted);
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        if (failure.get() != null) {
            // it says which service; its cause does not
            throw new ApplyException(failure.get().getMessage(), failure.get());
        }
    }

    /** The same at the end of the way back: what fails is logged. */
    void settleBack() {
        try {
            watchdog.runOwn("bring services back", () -> reset.settleBack(context.configurations()::isDeleted));
        } catch (ApplyException e) {
            Causes.log(LOG, "Services are not all back", e);
        }
    }

    /** Lets calls go on. */
    void release() {
        reset.release();
    }

    /** Holds them for the way back. */
    void holdAgain() {
        watchdog.tell(reset::standsStill);
        reset.holdAgain();
    }

    /** {@return why state could not be handed over; empty if it could, or was not tried yet} */
    Optional<String> failure() {
        return reset.failure();
    }

    /** Ends; {@link #continuity} says all from then on. */
    void end() {
        reset.end();
    }

    Continuity continuity() {
        return reset.continuity();
    }

    @Override
    public void close() {
        end();
    }
}
