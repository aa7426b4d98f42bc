package io.mainstay.framework.durable;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Threads that were seen outside of all calls of stable services: most threads of a server sleep. One that has used no processor time
 * since has not moved, so nobody has to look at its stack again while callers wait.
 *
 * <p>On Linux only, where the clock of a thread counts nanoseconds; elsewhere a thread may run for a while and
 * its clock stand still. For one change at a time.
 */
final class Bystanders {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int READS = 10;
    /** So often it looks at those that have moved, and at so few it does not look again. */
    private static final int MOST_LOOKS = 4;

    private static final int FEW = 4;
    /** After so many it sees whether that has become slow. */
    private static final int FEW_AT_A_TIME = 16;

    private static final long GLANCE_NANOS = 300_000;
    private static final long LONGEST_LOOK_NANOS = 5_000_000;
    private static final boolean EXACT = System.getProperty("os.name", "").equals("Linux")
            && THREADS.isThreadCpuTimeSupported()
            && THREADS.isThreadCpuTimeEnabled()
            && countsShortTimes();

    /** Processor time by the numbers of threads, when each was seen outside. */
    private final Map<Long, Long> used = new HashMap<>();

    private boolean busy;

    /**
     * Whether the clock of a thread goes on from one look at it to the next: in some virtual machines and sandboxes it goes in steps of
     * milliseconds on Linux, too.
     */
    private static boolean countsShortTimes() {
        long before = THREADS.getCurrentThreadCpuTime();
        for (int read = 0; read < READS; read++) {
            long now = THREADS.getCurrentThreadCpuTime();
            if (now <= before) {
                return false;
            }
            before = now;
        }
        return true;
    }

    /** Looks at all threads that have moved since they were seen last, and again at those that have moved meanwhile. */
    void look() {
        if (!EXACT) {
            return;
        }
        long[] ids = THREADS.getAllThreadIds();
        used.keySet().retainAll(LongStream.of(ids).boxed().collect(Collectors.toSet()));
        busy = takeMostOfTheProcessors(ids);
        CallStacks stacks = new CallStacks(name -> false, this);
        int left = ids.length;
        for (int i = 0; i < MOST_LOOKS && left > FEW && !busy; i++) {
            long[] moved = without(ids, id -> false);
            left = moved.length;
            for (int from = 0; from < left && !busy; from += FEW_AT_A_TIME) {
                long begin = System.nanoTime();
                stacks.inCall(Arrays.copyOfRange(moved, from, Math.min(left, from + FEW_AT_A_TIME)), id -> false);
                busy = System.nanoTime() - begin > LONGEST_LOOK_NANOS;
            }
        }
    }

    /** {@return whether threads took most of the processors, so that few of them were looked at} */
    boolean areBusy() {
        return busy;
    }

    /**
     * Where threads take most of the processors, few of them stand by, and to look at one stops all of them, until the last has
     * had its turn.
     */
    private static boolean takeMostOfTheProcessors(long[] ids) {
        long begin = System.nanoTime();
        long own = THREADS.getCurrentThreadCpuTime();
        Map<Long, Long> before = clocks(ids);
        LockSupport.parkNanos(GLANCE_NANOS);
        long self = Thread.currentThread().getId();
        long spent = 0;
        for (Map.Entry<Long, Long> thread : before.entrySet()) {
            if (thread.getKey() != self) {
                spent += Math.max(0, THREADS.getThreadCpuTime(thread.getKey()) - thread.getValue());
            }
        }
        long all = (System.nanoTime() - begin) * Runtime.getRuntime().availableProcessors();
        return spent > (all - (THREADS.getCurrentThreadCpuTime() - own)) / 2;
    }

    /** {@return how much processor time threads have used; to be asked before their stacks are read, not after} */
    static Map<Long, Long> clocks(long[] ids) {
        Map<Long, Long> clocks = new HashMap<>();
        if (EXACT) {
            LongStream.of(ids).forEach(id -> clocks.put(id, THREADS.getThreadCpuTime(id)));
        }
        return clocks;
    }

    /**
     * Notes a thread that is outside of all calls.
     *
     * @param clock what {@link #clocks} said before; null for nothing
     */
    void note(long id, Long clock) {
        if (clock != null) {
            used.put(id, clock);
        }
    }

    /**
     * {@return those of these threads that may be in a call by now; this one is in none}
     *
     * @param outside who need not be looked at, when it is its turn
     */
    long[] without(long[] ids, LongPredicate outside) {
        long self = Thread.currentThread().getId();
        return LongStream.of(ids)
                .filter(id -> id != self && !outside.test(id) && !hasNotMoved(id))
                .toArray();
    }

    private boolean hasNotMoved(long id) {
        Long before = used.get(id);
        return before != null && before >= 0 && before == THREADS.getThreadCpuTime(id);
    }
}
