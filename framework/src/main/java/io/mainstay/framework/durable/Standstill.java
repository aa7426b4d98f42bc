package io.mainstay.framework.durable;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * A change that does not get on, because a thread of it waits: maybe for one whose call it holds. Immutable.
 *
 * @param ticks how often in a row it was found so, {@link #TICK_MILLIS} apart
 * @param draining whether it waits for calls to end; otherwise for code that starts or stops
 * @param forTask whether it waits for a task that some other thread does
 * @param awaited the numbers of threads that it is seen to wait for: owners of locks, and who is joined
 */
record Standstill(int ticks, boolean draining, boolean forTask, Set<Long> awaited) {
    /** So long a thread of a change waits before anybody asks why. */
    static final long TICK_MILLIS = 100;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int FRAMES = 16;
    private static final Set<String> TASKS = Set.of(
            "java.util.concurrent.FutureTask",
            "java.util.concurrent.CompletableFuture",
            "java.util.concurrent.ForkJoinTask");
    private static final String REGISTRY = "org.apache.felix.framework.ServiceRegistry";
    private static final int SLEEPING_FRAMES = 4;
    private static final int LONGEST_CHAIN = 16;

    /** {@return whether one of these threads waits for another, as far as can be seen: not for time to pass, nor for a device} */
    static boolean isOne(Collection<Long> waiting) {
        for (long thread : waiting) {
            ThreadInfo info = THREADS.getThreadInfo(thread, FRAMES);
            if (info != null && info.getThreadState() != Thread.State.RUNNABLE && !sleeps(info)) {
                return true;
            }
        }
        return false;
    }

    private static boolean sleeps(ThreadInfo info) {
        return Arrays.stream(info.getStackTrace())
                .limit(SLEEPING_FRAMES)
                .anyMatch(frame -> frame.getClassName().equals(Thread.class.getName())
                        && frame.getMethodName().startsWith("sleep"));
    }

    /** {@return whether one of these threads waits for the result of a task} */
    static boolean isForTask(Collection<Long> waiting) {
        return waiting.stream()
                .map(thread -> THREADS.getThreadInfo(thread, FRAMES))
                .anyMatch(info -> info != null
                        && Arrays.stream(info.getStackTrace()).anyMatch(frame -> TASKS.contains(frame.getClassName())));
    }

    /** {@return whether a frame of this class is one of a thread that does a task for another} */
    static boolean isTask(String name) {
        return name.equals("java.util.concurrent.FutureTask")
                || name.startsWith("java.util.concurrent.CompletableFuture$Async")
                || name.equals("java.util.concurrent.ForkJoinTask");
    }

    /** {@return the numbers of those among {@code held} that these threads wait for, directly or by way of others} */
    static Set<Long> awaited(Collection<Long> waiting, Collection<Thread> held) {
        Set<Long> awaited = new HashSet<>();
        for (long thread : waiting) {
            long id = thread;
            for (int i = 0; i < LONGEST_CHAIN && id >= 0; i++) {
                ThreadInfo info = THREADS.getThreadInfo(id);
                id = info == null ? -1 : next(info, held);
                if (id >= 0 && !awaited.add(id)) {
                    break;
                }
            }
        }
        awaited.retainAll(held.stream().map(Thread::getId).toList());
        if (waiting.stream().anyMatch(thread -> asksForAService(thread, true))) {
            held.stream()
                    .map(Thread::getId)
                    .filter(thread -> asksForAService(thread, false))
                    .forEach(awaited::add);
        }
        return awaited;
    }

    /**
     * {@return whether a thread is within the registry's {@code getService}} There only one asks a factory for the same bundle, and others wait
     * for it, by what has no owner.
     *
     * @param waits whether it has to be one of those others
     */
    private static boolean asksForAService(long thread, boolean waits) {
        ThreadInfo info = THREADS.getThreadInfo(thread, Integer.MAX_VALUE);
        StackTraceElement[] stack = info == null ? new StackTraceElement[0] : info.getStackTrace();
        for (int i = 1; i < stack.length; i++) {
            if (stack[i].getClassName().equals(REGISTRY)
                    && (!waits || stack[i - 1].getClassName().equals(CountDownLatch.class.getName()))) {
                return true;
            }
        }
        return false;
    }

    private static long next(ThreadInfo info, Collection<Thread> held) {
        if (info.getLockOwnerId() >= 0) {
            return info.getLockOwnerId();
        }
        for (Thread one : info.getLockInfo() == null ? List.<Thread>of() : List.copyOf(held)) {
            boolean joined = info.getLockInfo().getIdentityHashCode() == System.identityHashCode(one)
                    && info.getLockInfo().getClassName().equals(one.getClass().getName());
            if (joined) {
                return one.getId();
            }
        }
        return -1;
    }
}
