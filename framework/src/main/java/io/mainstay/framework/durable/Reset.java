package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.node.NodeReport.Continuity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change's reset of bundles, as users of their services see it: calls are held, drained, and go on.
 *
 * <p>Not thread-safe: the thread that makes the change uses it.
 */
public final class Reset implements AutoCloseable {
    /** All services are given so long. */
    private static final Duration MOMENT = Duration.ofMillis(300);
    /** No service is given more, whatever it took the last time. */
    private static final Duration LONGEST = Duration.ofSeconds(3);
    /** Callers are patient for longer than services are waited for. */
    private static final int PARTS_OF_PATIENCE = 2;

    private static final long TICK_NANOS =
            Duration.ofMillis(Standstill.TICK_MILLIS).toNanos();

    private static final Logger LOG = LoggerFactory.getLogger(Reset.class);

    private final DurableServices durables;
    private final Affected affected;
    private final String by;
    private final CallLimits limits;
    private final Waits waits;
    private final Handovers handovers;
    private Hold hold;
    private boolean open;
    private boolean settled;
    /** Whether it waits for services that come late, and for nobody else. */
    private volatile boolean awaitingLate;
    /** The ticks of a step before it began to wait for others; for the one thread that says ticks. */
    private int ticksBefore;

    Reset(DurableServices durables, String by, Affected affected, CallLimits limits, Waits waits, Handovers handovers) {
        this.durables = durables;
        this.by = by;
        this.affected = affected;
        this.limits = limits;
        this.waits = waits;
        this.handovers = handovers;
        this.hold = new Hold(by, limits.patience(), waits, handovers, affected.all());
    }

    /**
     * Says that a step of the change waits, and is not done: those whose calls are held may be who it waits for.
     *
     * @param step the thread that waits
     * @param ticks how often in a row this was said, some 100 ms apart; 0 when the step is done
     */
    public void standsStill(Thread step, int ticks) {
        if (ticks == 0) {
            ticksBefore = 0;
            hold.getsOn();
        } else if (awaitingLate) {
            ticksBefore = ticks;
        } else if (!open) {
            hold.standsStill(ticks - ticksBefore, false, List.of(step.getId()));
        }
    }

    /**
     * Holds new calls, and waits until those that are under way have ended.
     *
     * @return a sentence on each that has not ended in time; empty if all have
     */
    public List<String> drain() {
        return drain(affected.stopped(), hold);
    }

    private List<String> drain(Set<String> ending, Hold first) {
        if (durables.hasAny(ending)) {
            durables.bystanders().look(); // while nobody waits yet
        }
        durables.begin(hold, ending);
        if (first != hold) {
            first.giveWay(hold);
        }
        Hold.enter(hold);
        long begin = System.nanoTime();
        List<String> stuck = hold.isEmpty()
                ? List.of()
                : new Drain(hold, durables.bystanders())
                        .await(limits.drain()).stream()
                                .map(call -> "thread '" + call.thread() + "' is in a call that does not end: "
                                        + call.stack())
                                .toList();
        waits.drained(Duration.ofNanos(System.nanoTime() - begin));
        return stuck;
    }

    /**
     * Has the services of the bundles that come back save what they hand over to their next version.
     *
     * @throws BundleException if one cannot; nothing has happened then
     */
    public void save() throws BundleException {
        handovers.save(durables.of(affected.back()));
    }

    /**
     * {@return an action that another thread does for this one: if this one carries out a change, so does that meanwhile, and
     * is not to wait for what the change brings}
     */
    public static Guard.Action carried(Guard.Action action) {
        Hold hold = Hold.current();
        return () -> {
            Hold.enter(hold);
            Hold.carry();
            try {
                action.run();
            } finally {
                Hold.leave();
            }
        };
    }

    /** {@return whether this thread carries out a change, so that it must not wait for another} */
    public static boolean isCarriedOutHere() {
        return Hold.carriesAny();
    }

    /** {@return why what was saved could not be handed over; empty if it could, or was not tried yet} */
    public Optional<String> failure() {
        return handovers.failure();
    }

    /** {@return the locations of bundles whose services have not come back} */
    public Set<String> missing() {
        return durables.orphans().stream()
                .map(service -> service.provider().getLocation())
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Waits a moment for services that come late, such as components that are activated by other threads. What has not
     * come then is gone.
     *
     * @param deleted says of a factory's PID and a PID whether that configuration has been deleted
     * @throws RuntimeException if a user cannot be given again what it had of a factory
     */
    public void settle(BiPredicate<String, String> deleted) {
        awaitLate(deleted);
        returned().forEach(StableService::renew);
        returned().forEach(this::wakeTaker);
        handovers.failure().ifPresent(failure -> {
            throw new IllegalStateException(failure);
        });
        endOrphans();
    }

    private void wakeTaker(StableService service) {
        if (handovers.waits(service.owner())) {
            service.wakeHandover();
        }
    }

    /** As {@link #settle}, at the end of the way back: there is no other way from here, so what fails is logged. */
    public void settleBack(BiPredicate<String, String> deleted) {
        awaitLate(deleted);
        for (StableService service : returned()) {
            try {
                service.renew();
                wakeTaker(service);
            } catch (RuntimeException e) {
                Causes.log(LOG, "After the way back", e);
            }
        }
        endOrphans();
    }

    private void awaitLate(BiPredicate<String, String> deleted) {
        awaitingLate = true;
        try {
            awaitThoseThatMayCome(deleted);
        } finally {
            awaitingLate = false;
            hold.getsOn();
        }
    }

    private void awaitThoseThatMayCome(BiPredicate<String, String> deleted) {
        long begin = System.nanoTime();
        Duration part = limits.patience().dividedBy(PARTS_OF_PATIENCE);
        Duration limit = part.compareTo(LONGEST) < 0 ? part : LONGEST;
        long told = begin;
        while (durables.isComing() || durables.isMissingAny(deleted)) {
            long now = System.nanoTime();
            boolean moment = now - begin < MOMENT.toNanos();
            if (!moment && (now - begin >= limit.toNanos() || !durables.mayCome(MOMENT, limit, deleted))) {
                break;
            }
            if (now - told >= TICK_NANOS) {
                hold.waitsForServices();
                durables.tellChanged(); // what is missing may wait for that
                told = now;
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private List<StableService> returned() {
        return durables.of(affected.stopped()).stream()
                .filter(service -> !service.orphaned())
                .toList();
    }

    private void endOrphans() {
        settled = true;
        durables.settle();
        durables.tellChanged();
    }

    /**
     * Holds calls for the way back, to what came with the change as well, and waits for those that are under way: threads
     * that the change has started were let through. What does not end in time is told to the log.
     */
    public void holdAgain() {
        handovers.again();
        settled = false;
        open = false;
        durables.again(affected);
        Hold first = hold;
        hold = new Hold(by, limits.patience(), waits, handovers, affected.all());
        drain(affected.all(), first).forEach(stuck -> LOG.warn("On the way back: {}", stuck));
    }

    /** Lets calls go on. */
    public void release() {
        if (!open) {
            open = true;
            hold.release();
            Hold.leave();
        }
    }

    /** Releases and settles, if that was not done; {@link #continuity} says all from then on. */
    public void end() {
        if (!settled) {
            endOrphans();
        }
        release();
        durables.forget();
        handovers.end();
    }

    @Override
    public void close() {
        end();
    }

    /** {@return how services went on so far, in this change} */
    public Continuity continuity() {
        return waits.continuity(handovers.count(), handovers.leftBehind());
    }
}
