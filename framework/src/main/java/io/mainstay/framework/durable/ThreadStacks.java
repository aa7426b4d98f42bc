package io.mainstay.framework.durable;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the stacks of platform threads. From Java 21 on one after the other: only the thread whose stack is read stands still. Before, the
 * whole virtual machine does, so they are read in small portions.
 *
 * <p>For one thread, and one look around: it holds threads that may have ended.
 */
final class ThreadStacks {
    private static final boolean ONE_BY_ONE = Runtime.version().feature() >= 21;
    /** At most so many stacks are read at a time. */
    private static final int PORTION = 16;
    /** About so many frames: where nothing is compiled yet, 1,000 took up to 18 ms on a slow machine. */
    private static final int FRAMES = 256;
    /** So deep a stack is taken for before any was seen. */
    private static final int DEEP = 64;
    /** Threads may begin while they are counted. */
    private static final int SPARE = 16;

    /** How deep the stacks were that were read last, by anybody. */
    private static volatile int depth = DEEP;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Map<Long, Thread> live = new HashMap<>();

    /**
     * The stack of a thread, as it was at one moment.
     *
     * @param id the thread's number
     * @param name its name
     * @param frames the innermost first
     */
    record ThreadStack(long id, String name, StackTraceElement[] frames) {}

    /** {@return how many are to be asked for next} */
    int portion() {
        return Math.max(1, Math.min(PORTION, FRAMES / depth));
    }

    /** {@return the stacks of those of these threads that have not ended} */
    List<ThreadStack> read(long[] ids) {
        List<ThreadStack> stacks = ONE_BY_ONE ? oneByOne(ids) : together(ids);
        int frames = 0;
        for (ThreadStack stack : stacks) {
            frames += stack.frames().length;
        }
        depth = Math.max(1, frames / Math.max(1, stacks.size()));
        return stacks;
    }

    private List<ThreadStack> oneByOne(long[] ids) {
        if (!Arrays.stream(ids).allMatch(live::containsKey)) {
            live.clear();
            for (Thread thread : all()) {
                live.put(thread.getId(), thread);
            }
        }
        List<ThreadStack> stacks = new ArrayList<>();
        for (long id : ids) {
            Thread thread = live.get(id);
            if (thread != null && thread.isAlive()) {
                stacks.add(new ThreadStack(id, thread.getName(), thread.getStackTrace()));
            }
        }
        return stacks;
    }

    /** {@return all platform threads} */
    private static List<Thread> all() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] found = new Thread[root.activeCount() + SPARE];
        int number = root.enumerate(found);
        while (number == found.length) { // there may be more
            found = new Thread[found.length * 2];
            number = root.enumerate(found);
        }
        return Arrays.asList(found).subList(0, number);
    }

    private List<ThreadStack> together(long[] ids) {
        List<ThreadStack> stacks = new ArrayList<>();
        for (ThreadInfo thread : threads.getThreadInfo(ids, Integer.MAX_VALUE)) {
            if (thread != null) {
                stacks.add(new ThreadStack(thread.getThreadId(), thread.getThreadName(), thread.getStackTrace()));
            }
        }
        return stacks;
    }
}
