package io.mainstay.framework.durable;

import io.mainstay.framework.durable.ThreadStacks.ThreadStack;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Waits until no call of a held unit is under way. Calls of platform threads leave no trace but their frames, so that
 * they cost nothing: the stacks of all threads are looked at, and again those of the ones that were in a call. No new
 * call can have got a target since the hold began, so a thread that was out of it once stays out, but for those that the hold
 * has let through since.
 */
final class Drain {
    private static final long SHORTEST_NANOS = 100_000;
    private static final long LONGEST_NANOS = 5_000_000;
    /** So long after one caller the next may come. */
    private static final long ARRIVAL_NANOS = 100_000;

    private static final long LONGEST_ARRIVAL_NANOS = 2_000_000;
    private static final long TICK_NANOS = Standstill.TICK_MILLIS * 1_000_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Hold hold;
    private final Bystanders bystanders;
    private final CallStacks stacks;

    /** @param bystanders who was seen outside before the hold began */
    Drain(Hold hold, Bystanders bystanders) {
        this.hold = hold;
        this.bystanders = bystanders;
        this.stacks = new CallStacks(hold.classes()::contains, bystanders);
    }

    /**
     * A call that did not end in time.
     *
     * @param thread the name of its thread
     * @param stack where it was, the innermost frame first, without Java's own
     */
    record StuckCall(String thread, String stack) {}

    /** Waits; returns the calls that are still under way after the time limit: none, if all is quiet. */
    List<StuckCall> await(Duration limit) {
        long begin = System.nanoTime();
        long end = begin + limit.toNanos();
        int ticks = 0;
        long[] all = threads.getAllThreadIds();
        Arrays.sort(all); // the eldest mostly sleep: callers may be at the gate by the time that it is their turn
        long[] suspects = bystanders.without(all, hold::isOutside);
        if (bystanders.areBusy()) {
            awaitArrivals(suspects);
        }
        long pause = SHORTEST_NANOS;
        while (true) {
            List<ThreadStack> busy = stacks.inCall(suspects, hold::isOutside);
            List<Thread> makers = hold.makers().stream()
                    .filter(maker -> !CallStacks.asks(maker.getStackTrace()))
                    .toList();
            boolean counted = hold.counted();
            if (busy.isEmpty() && makers.isEmpty() && !counted) {
                if (!hold.getsOn()) {
                    return List.of();
                }
                suspects = hold.passed(); // who was let through a moment ago may be in its call only now
                continue;
            }
            int over = (int) ((System.nanoTime() - begin) / TICK_NANOS);
            if (over > ticks) {
                ticks = over;
                hold.standsStill(ticks, true, numbers(busy, makers));
            }
            if (System.nanoTime() > end) {
                hold.getsOn();
                return stuck(busy, makers, counted);
            }
            suspects = LongStream.concat(busy.stream().mapToLong(ThreadStack::id), LongStream.of(hold.passed()))
                    .distinct()
                    .toArray();
            LockSupport.parkNanos(pause);
            pause = Math.min(LONGEST_NANOS, pause * 2);
        }
    }

    /**
     * Gives callers that take the processors from one another the time to come to the gate, where nobody has to look at them: to look
     * at one stops all of them, until the last has had its turn.
     */
    private void awaitArrivals(long[] suspects) {
        long end = System.nanoTime() + LONGEST_ARRIVAL_NANOS;
        long quiet = System.nanoTime() + ARRIVAL_NANOS;
        long missing = suspects.length;
        while (missing > 0 && System.nanoTime() < Math.min(end, quiet)) {
            Thread.yield();
            long left = LongStream.of(suspects)
                    .filter(thread -> !hold.isOutside(thread))
                    .count();
            if (left < missing) {
                missing = left;
                quiet = System.nanoTime() + ARRIVAL_NANOS;
            }
        }
    }

    /** The threads that it waits for. Those that were let through are no reason to let more of them through. */
    private Set<Long> numbers(List<ThreadStack> busy, List<Thread> makers) {
        Set<Long> numbers = new HashSet<>();
        busy.forEach(thread -> numbers.add(thread.id()));
        makers.forEach(thread -> numbers.add(thread.getId()));
        LongStream.of(hold.passed()).forEach(numbers::remove);
        return numbers;
    }

    private static List<StuckCall> stuck(List<ThreadStack> busy, List<Thread> makers, boolean counted) {
        List<StuckCall> calls = new ArrayList<>();
        busy.forEach(thread -> calls.add(new StuckCall(thread.name(), text(thread.frames()))));
        makers.forEach(thread -> calls.add(new StuckCall(thread.getName(), text(thread.getStackTrace()))));
        if (counted && calls.isEmpty()) {
            calls.add(new StuckCall("a virtual thread", "unknown: dumps do not show it"));
        }
        return calls;
    }

    private static String text(StackTraceElement[] stack) {
        return Arrays.stream(stack)
                .filter(frame -> !String.valueOf(frame.getModuleName()).startsWith("java."))
                .limit(6)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(", "));
    }
}
