package io.mainstay.framework.durable;

import io.mainstay.framework.node.NodeReport.Calls;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change's reset of bundles, as users of their services see it: calls are held, drained, and go on.
 *
 * <p>Not thread-safe: the thread that makes the change uses it.
 */
public final class Reset implements AutoCloseable {
    private static final Duration LATE_SERVICES = Duration.ofMillis(300);

    private static final Logger LOG = LoggerFactory.getLogger(Reset.class);

    private final DurableServices durables;
    private final Set<String> locations;
    private final String by;
    private final Duration patience;
    private Hold hold;
    private Calls before = Calls.NONE;
    private long drainNanos;
    private boolean open;
    private boolean settled;

    Reset(DurableServices durables, String by, Set<String> locations, Duration patience) {
        this.durables = durables;
        this.by = by;
        this.locations = Set.copyOf(locations);
        this.patience = patience;
        this.hold = new Hold(by, patience);
    }

    /**
     * Holds new calls, and waits until those that are under way have ended.
     *
     * @return a sentence on each that has not ended in time; empty if all have
     */
    public List<String> drain(Duration limit) {
        durables.begin(hold, locations);
        Hold.enter(hold);
        long begin = System.nanoTime();
        List<String> stuck = hold.services().isEmpty()
                ? List.of()
                : new Drain(hold)
                        .await(limit).stream()
                                .map(call -> "thread '" + call.thread() + "' is in a call that does not end: "
                                        + call.stack())
                                .toList();
        drainNanos += System.nanoTime() - begin;
        durables.drained();
        return stuck;
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
     * @throws RuntimeException if a user cannot be given again what it had of a factory
     */
    public void settle() {
        awaitLate();
        returned().forEach(StableService::renew);
        endOrphans();
    }

    /** As {@link #settle}, at the end of the way back: there is no other way from here, so what fails is logged. */
    public void settleBack() {
        awaitLate();
        for (StableService service : returned()) {
            try {
                service.renew();
            } catch (RuntimeException e) {
                LOG.warn("After the way back", e);
            }
        }
        endOrphans();
    }

    private void awaitLate() {
        long end = System.nanoTime() + LATE_SERVICES.toNanos();
        while (!durables.orphans().isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private List<StableService> returned() {
        return durables.of(locations).stream()
                .filter(service -> !service.orphaned())
                .toList();
    }

    private void endOrphans() {
        settled = true;
        durables.settle();
    }

    /** Holds calls for the way back, where they went on already; what does not end in time is told to the log. */
    public void holdAgain(Duration limit) {
        if (open) {
            open = false;
            before = calls();
            settled = false;
            durables.again(locations);
            hold = new Hold(by, patience);
            drain(limit).forEach(stuck -> LOG.warn("On the way back: {}", stuck));
        }
    }

    /** Lets calls go on. */
    public void release() {
        if (!open) {
            open = true;
            hold.release();
            Hold.leave();
        }
    }

    /** Releases and settles, if that was not done. */
    @Override
    public void close() {
        if (!settled) {
            endOrphans();
        }
        release();
    }

    /** {@return what callers have noticed so far} */
    public Calls calls() {
        return new Calls(
                before.waited() + hold.waited(),
                before.failed() + hold.failed(),
                Math.max(before.longestWaitMillis(), hold.longest().toMillis()),
                Duration.ofNanos(drainNanos).toMillis());
    }
}
