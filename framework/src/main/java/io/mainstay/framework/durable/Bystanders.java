package io.mainstay.framework.durable;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
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
    static final Bystanders NONE = new Bystanders(Set.of(), Map.of());

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long SHORT_NANOS = 5_000;
    private static final int SHORT_STEPS = 10;
    private static final long LONGEST_LOOK_NANOS = 5_000_000;
    private static final boolean EXACT = System.getProperty("os.name", "").equals("Linux")
            && THREADS.isThreadCpuTimeSupported()
            && THREADS.isThreadCpuTimeEnabled()
            && countsShortTimes();

    private final Set<String> classes;
    /** Processor time by the numbers of threads. */
    private final Map<Long, Long> used;

    private Bystanders(Set<String> classes, Map<Long, Long> used) {
        this.classes = classes;
        this.used = used;
    }

    /**
     * Whether the clock of a thread goes in steps too short to enter a call in: in some virtual machines and sandboxes it goes in
     * steps of milliseconds on Linux, too.
     */
    private static boolean countsShortTimes() {
        long begin = System.nanoTime();
        long before = THREADS.getCurrentThreadCpuTime();
        int found = 0;
        while (found < SHORT_STEPS && System.nanoTime() - begin < LONGEST_LOOK_NANOS) {
            long now = THREADS.getCurrentThreadCpuTime();
            found += now > before && now - before < SHORT_NANOS ? 1 : 0;
            before = now;
        }
        return found == SHORT_STEPS;
    }

    /** Looks at all threads. */
    static Bystanders of(Set<String> classes) {
        if (!EXACT || classes.isEmpty()) {
            return NONE;
        }
        CallStacks stacks = new CallStacks(classes);
        Map<Long, Long> used = new HashMap<>();
        long begin = System.nanoTime();
        long[] ids = THREADS.getAllThreadIds();
        for (long id : ids) {
            used.put(id, THREADS.getThreadCpuTime(id)); // before its stack is read, not after
        }
        List<ThreadInfo> inCall =
                new ArrayList<>(stacks.inCall(Arrays.copyOf(ids, Math.min(ids.length, CallStacks.PORTION))));
        if (isBusy(used, System.nanoTime() - begin)) {
            return NONE;
        }
        if (ids.length > CallStacks.PORTION) {
            inCall.addAll(stacks.inCall(Arrays.copyOfRange(ids, CallStacks.PORTION, ids.length)));
        }
        inCall.forEach(busy -> used.remove(busy.getThreadId()));
        return new Bystanders(classes, used);
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
        return classes.containsAll(unit)
                ? LongStream.of(ids).filter(id -> !hasNotMoved(id)).toArray()
                : ids;
    }

    private boolean hasNotMoved(long id) {
        Long before = used.get(id);
        return before != null && before >= 0 && before == THREADS.getThreadCpuTime(id);
    }
}
