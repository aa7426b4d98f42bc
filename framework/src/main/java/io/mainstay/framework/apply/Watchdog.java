package io.mainstay.framework.apply;

import io.mainstay.framework.durable.Guard;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.failure.Causes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Runs code of bundles on threads of its own, so that code that hangs costs its time limit and not the node. A thread
 * that hangs is interrupted; one that does not heed that is left behind, because Java cannot end it. Thread-safe.
 */
final class Watchdog implements Guard {
    private static final int FRAMES = 6;
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** How long a thread waits for another task; those of one change follow each other closely. */
    private static final Duration IDLE = Duration.ofMillis(100);

    /** For whom steps of the framework's are. */
    private static final String FRAMEWORK = "";

    /** So long a step may take before anybody is told. */
    private static final Duration TICK = Duration.ofMillis(100);

    private final Duration limit;
    /** Nobody at first. */
    private volatile Waiting waiting = (step, ticks) -> {};
    /** By whom they work for. */
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();

    Watchdog(Duration limit) {
        this.limit = limit;
    }

    /** Is told of a step that is not done. */
    @FunctionalInterface
    interface Waiting {
        /**
         * Called on the thread that waits for the step.
         *
         * @param step the step's thread
         * @param ticks how many tenths of a second it has taken; 0 once it is done
         */
        void stillNotDone(Thread step, int ticks);
    }

    /** Says who is told of steps that take longer than a moment. */
    void tell(Waiting told) {
        waiting = told;
    }

    /** Runs {@code action} and waits for it; what it throws, Errors included, comes out as an {@link ApplyException}. */
    @Override
    public void run(String what, Action action) throws ApplyException {
        run(new Lane(), what, action);
    }

    /**
     * The same on a thread that does nothing for any other bundle: what one keeps of its thread, and does to it later, is no
     * other bundle's harm.
     *
     * @param bundle the bundle's location
     */
    void runFor(String bundle, String what, Action action) throws ApplyException {
        run(lanes.computeIfAbsent(bundle, key -> new Lane()), what, action);
    }

    /** The same for a step of the framework's. */
    void runOwn(String what, Action action) throws ApplyException {
        runFor(FRAMEWORK, what, action);
    }

    private void run(Lane lane, String what, Action action) throws ApplyException {
        Task task = new Task("mainstay: " + what, Reset.carried(action));
        lane.take(task);
        await(what, task);
    }

    private void await(String what, Task task) throws ApplyException {
        boolean finished;
        try {
            finished = finishes(task);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApplyException("Interrupted while waiting to " + what, e);
        }
        if (!finished) {
            String where = stack(task.thread);
            boolean hangs = !task.interrupt();
            throw new ApplyException(
                    "Cannot " + what + ": it did not end within " + words(limit) + "; thread '" + task.name
                            + "' was at " + where,
                    null,
                    hangs);
        }
        if (task.failure != null) {
            throw new ApplyException(
                    "Cannot " + what + ": " + Causes.oneLine(task.failure), Causes.loggable(task.failure));
        }
    }

    private boolean finishes(Task task) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        int ticks = 0;
        try {
            while (true) {
                long left = end - System.nanoTime();
                if (task.done.await(Math.min(left, TICK.toNanos()), TimeUnit.NANOSECONDS)) {
                    return true;
                }
                if (left <= TICK.toNanos()) {
                    return false;
                }
                Thread step = task.thread;
                if (step != null) {
                    ticks++;
                    waiting.stillNotDone(step, ticks);
                }
            }
        } finally {
            if (ticks > 0) {
                waiting.stillNotDone(task.thread, 0);
            }
        }
    }

    /** Threads that do one thing after the other: one thread, as long as none hangs. */
    private static final class Lane {
        /** For threads that are free; never more than there are of these. */
        private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();

        private final AtomicInteger free = new AtomicInteger();

        void take(Task task) {
            if (takeFree()) {
                tasks.add(task);
                return;
            }
            Thread thread = new Thread(() -> work(task), task.name);
            thread.setDaemon(true);
            task.thread = thread;
            thread.start();
        }

        private boolean takeFree() {
            return free.getAndUpdate(threads -> Math.max(0, threads - 1)) > 0;
        }

        /** Does tasks until none comes for a while. What is left behind on the thread goes with it, soon. */
        private void work(Task first) {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            Task task = first;
            while (task != null) {
                Thread.currentThread().setContextClassLoader(loader);
                task.run();
                free.incrementAndGet();
                task.done.countDown();
                task = next();
            }
        }

        private Task next() {
            while (true) {
                try {
                    Task next = tasks.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                    if (next != null || takeFree()) {
                        return next;
                    }
                } catch (InterruptedException e) {
                    // by who has kept the thread: it means nothing here
                    continue;
                }
            }
        }
    }

    /** One thing to do, and what came of it. */
    private static final class Task {
        private final String name;
        private final Action action;
        private final CountDownLatch done = new CountDownLatch(1);
        /** Null until it is known. */
        private volatile Thread thread;

        private volatile Throwable failure;
        /** Guarded by this. */
        private boolean running;

        Task(String name, Action action) {
            this.name = name;
            this.action = action;
        }

        void run() {
            synchronized (this) {
                thread = Thread.currentThread();
                running = true;
            }
            thread.setName(name);
            try {
                action.run();
            } catch (Throwable e) {
                failure = e;
            }
            synchronized (this) {
                running = false;
                Thread.interrupted(); // whoever interrupted this meant nothing that comes after it
            }
        }

        /**
         * Interrupts it: code that heeds that is out of the way of what comes next; other code stays.
         *
         * @return whether it has ended
         */
        boolean interrupt() {
            synchronized (this) {
                if (running) {
                    thread.interrupt();
                }
            }
            try {
                return done.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    private static String words(Duration limit) {
        return limit.toMillisPart() == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    /** Java's own frames say less than who called them, and are many: only the last of those on top is told. */
    static String stack(Thread thread) {
        StackTraceElement[] frames = thread == null ? new StackTraceElement[0] : thread.getStackTrace();
        int first = 0;
        while (first < frames.length
                && String.valueOf(frames[first].getModuleName()).startsWith("java.")) {
            first++;
        }
        return Arrays.stream(frames)
                .skip(first == frames.length ? 0 : Math.max(0, first - 1))
                .limit(FRAMES)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(", "));
    }
}
