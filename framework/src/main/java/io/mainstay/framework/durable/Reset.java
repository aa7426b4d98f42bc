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
    private final Duration patience;
    private Hold hold;
    private Calls before = Calls.NONE;
    private long drainNanos;
    private boolean open;

    Reset(DurableServices durables, Set<String> locations, Duration patience) {
        this.durables = durables;
        this.locations = Set.copyOf(locations);
        this.patience = patience;
        this.hold = new Hold(durables.of(locations), patience);
    }

    /**
     * Holds new calls, and waits until those that are under way have ended.
     *
     * @return a sentence on each that has not ended in time; empty if all have
     */
    public List<String> drain(Duration limit) {
        hold.begin();
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
        return stuck;
    }

    /** {@return the locations of bundles whose services have not come back} */
    public Set<String> missing() {
        return durables.orphans().stream()
                .map(service -> service.provider().getLocation())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Waits a moment for services that come late, such as components that are activated by other threads. */
    public void settle() {
        long end = System.nanoTime() + LATE_SERVICES.toNanos();
        while (!durables.orphans().isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        durables.of(locations).stream().filter(service -> !service.orphaned()).forEach(StableService::renew);
        durables.settle();
    }

    /** Holds calls for the way back, where they went on already; what does not end in time is told to the log. */
    public void holdAgain(Duration limit) {
        if (open) {
            open = false;
            before = calls();
            hold = durables.holdAgain(locations, patience);
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

    /** Releases, if that was not done. */
    @Override
    public void close() {
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
