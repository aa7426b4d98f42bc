package io.mainstay.framework.durable;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Reads the stacks of platform threads. From Java 21 on one after the other: only the thread whose stack is read stands still. Before, the
 * whole virtual machine does, so they are read in small portions.
 *
 * <p>For one thread, and one look around: it holds threads that may have ended.
 */
final class ThreadStacks {
    /** Says the number by which dumps know a thread; {@code getId} may be overridden. Empty before there is such a method. */
    private static final Optional<MethodHandle> NUMBER = number();
    /** Stacks that are as deep as this may have been cut off where the outermost frames are. */
    private static final int CUT = deepest();

    /** Whether threads of a class say their stack themselves. */
    private static final ClassValue<Boolean> OWN_STACK = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("getStackTrace").getDeclaringClass() != Thread.class;
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
        }
    };

    private static final boolean ONE_BY_ONE = Runtime.version().feature() >= 21 && NUMBER.isPresent() && CUT > 0;
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

    private static Optional<MethodHandle> number() {
        try {
            return Optional.of(MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "threadId", MethodType.methodType(long.class)));
        } catch (ReflectiveOperationException e) {
            return Optional.empty(); // Java 17
        }
    }

    private static int deepest() {
        try {
            HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            int set = Integer.parseInt(
                    machine.getVMOption("MaxJavaStackTraceDepth").getValue());
            return set == 0 ? Integer.MAX_VALUE : set;
        } catch (IllegalArgumentException | NullPointerException | LinkageError e) {
            return 0; // another virtual machine
        }
    }

    private List<ThreadStack> oneByOne(long[] ids) {
        if (!Arrays.stream(ids).allMatch(live::containsKey)) {
            live.clear();
            for (Thread thread : all()) {
                live.put(number(thread), thread);
            }
        }
        List<ThreadStack> stacks = new ArrayList<>();
        LongStream.Builder others = LongStream.builder();
        for (long id : ids) {
            Thread thread = live.get(id);
            if (thread == null || OWN_STACK.get(thread.getClass())) {
                others.add(id);
                continue;
            }
            StackTraceElement[] frames = thread.getStackTrace();
            if (frames.length >= CUT) {
                others.add(id);
            } else if (thread.isAlive()) {
                stacks.add(new ThreadStack(id, thread.getName(), frames));
            }
        }
        long[] left = others.build().toArray();
        if (left.length > 0) {
            stacks.addAll(together(left));
        }
        return stacks;
    }

    private static long number(Thread thread) {
        try {
            return (long) NUMBER.orElseThrow().invokeExact(thread);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
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
