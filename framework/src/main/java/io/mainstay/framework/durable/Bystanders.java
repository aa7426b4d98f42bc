package io.mainstay.framework.durable;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Threads that were seen outside of all calls of a unit, before anybody was held: most threads of a server sleep. One that has
 * used no processor time since has not moved, so nobody has to look at its stack again while callers wait.
 *
 * <p>Immutable. On Linux only, where the clock of a thread counts nanoseconds; elsewhere a thread may run for a while and
 * its clock stand still.
 */
final class Bystanders {
    /** Nobody. */
    static final Bystanders NONE = new Bystanders(Set.of(), Map.of(), false);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int READS = 10;
    /** So often it looks at those that have moved, and at so few it does not look again. */
    private static final int MOST_LOOKS = 4;

    private static final int FEW = 4;
    private static final boolean EXACT = System.getProperty("os.name", "").equals("Linux")
            && THREADS.isThreadCpuTimeSupported()
            && THREADS.isThreadCpuTimeEnabled()
            && countsShortTimes();

    private final Set<String> classes;
    /** Processor time by the numbers of threads. */
    private final Map<Long, Long> used;

    private final boolean few;

    private Bystanders(Set<String> classes, Map<Long, Long> used, boolean few) {
        this.classes = classes;
        this.used = used;
        this.few = few;
    }

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

    /** Looks at all threads, and again at those that have moved meanwhile. */
    static Bystanders of(Set<String> classes) {
        if (!EXACT || classes.isEmpty()) {
            return NONE;
        }
        CallStacks stacks = new CallStacks(classes);
        Map<Long, Long> used = new HashMap<>();
        long[] ids = THREADS.getAllThreadIds();
        Arrays.sort(ids); // the eldest first, which sleep mostly
        long begin = System.nanoTime();
        Map<Long, Long> before = clocks(ids);
        look(Arrays.copyOf(ids, Math.min(ids.length, CallStacks.PORTION)), stacks, used);
        if (isBusy(before, System.nanoTime() - begin)) {
            return new Bystanders(classes, used, true);
        }
        long[] others = ids;
        for (int i = 0; i < MOST_LOOKS && others.length > FEW; i++) {
            others = moved(ids, used);
            look(others, stacks, used);
        }
        return new Bystanders(classes, used, false);
    }

    private static Map<Long, Long> clocks(long[] ids) {
        Map<Long, Long> clocks = new HashMap<>();
        LongStream.of(ids).forEach(id -> clocks.put(id, THREADS.getThreadCpuTime(id)));
        return clocks;
    }

    private static void look(long[] ids, CallStacks stacks, Map<Long, Long> used) {
        used.putAll(clocks(ids)); // before their stacks are read, not after
        stacks.inCall(ids, id -> false).forEach(thread -> used.remove(thread.getThreadId()));
    }

    private static long[] moved(long[] ids, Map<Long, Long> used) {
        return LongStream.of(ids).filter(id -> !hasNotMoved(id, used)).toArray();
    }

    /** {@return whether threads took most of the processors, so that only some of them were looked at} */
    boolean areFew() {
        return few;
    }

    /** Where threads take most of the processors, few of them stand by, and to look at them costs more than it is worth. */
    private static boolean isBusy(Map<Long, Long> before, long nanos) {
        long self = Thread.currentThread().getId();
        long spent = 0;
        for (Map.Entry<Long, Long> thread : before.entrySet()) {
            if (thread.getKey() != self) {
                spent += Math.max(0, THREADS.getThreadCpuTime(thread.getKey()) - thread.getValue());
            }
        }
        return spent > nanos * Runtime.getRuntime().availableProcessors() / 2;
    }

    /**
     * {@return those of these threads that may be in a call by now}
     *
     * @param unit the classes whose frames are calls; nobody is a bystander of others than were looked for
     */
    long[] without(long[] ids, Set<String> unit) {
        return classes.containsAll(unit) ? moved(ids, used) : ids;
    }

    private static boolean hasNotMoved(long id, Map<Long, Long> used) {
        Long before = used.get(id);
        return before != null && before >= 0 && before == THREADS.getThreadCpuTime(id);
    }
}
