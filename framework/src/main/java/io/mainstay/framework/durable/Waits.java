package io.mainstay.framework.durable;

import io.mainstay.framework.node.NodeReport.Continuity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who waited in the course of one change, however often it was tried and taken back: callers for the change, and the change
 * for calls. A caller counts from when it begins to wait: when all are let go, it may be a while until each has its turn.
 * One that has waited for a change, and then waits for its way back, counts twice.
 *
 * <p>Thread-safe.
 */
public final class Waits {
    private final LongAdder begun = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder drainNanos = new LongAdder();
    private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);
    /** When those began who are waiting now. A thread waits for one thing at a time. */
    private final Map<Thread, Long> waiting = new ConcurrentHashMap<>();

    /**
     * Notes that this thread waits.
     *
     * @param since when it began to, as {@link System#nanoTime} says it
     */
    void begin(long since) {
        begun.increment();
        waiting.put(Thread.currentThread(), since);
    }

    /** Ends {@link #begin}. */
    void end() {
        Long begin = waiting.remove(Thread.currentThread());
        longestNanos.accumulate(System.nanoTime() - begin);
    }

    /** {@return who is waiting} */
    Set<Thread> waiting() {
        return Set.copyOf(waiting.keySet());
    }

    /** Notes that a caller has waited in vain. */
    void fail() {
        failed.increment();
    }

    /** Notes how long the change has waited for calls that were under way. */
    void drained(Duration time) {
        drainNanos.add(time.toNanos());
    }

    /** {@return all this, with what became of state in memory} */
    Continuity continuity(int handedOver, List<String> leftBehind) {
        long now = System.nanoTime();
        waiting.values().forEach(begin -> longestNanos.accumulate(now - begin));
        return new Continuity(
                begun.sum(),
                failed.sum(),
                Duration.ofNanos(longestNanos.get()).toMillis(),
                Duration.ofNanos(drainNanos.sum()).toMillis(),
                handedOver,
                leftBehind);
    }
}
