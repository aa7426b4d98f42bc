package io.mainstay.framework.apply;

import io.mainstay.framework.durable.Guard;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.failure.Causes;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
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

    private final Duration limit;
    /** For threads that are free; never more than there are of these. */
    private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();

    private final AtomicInteger free = new AtomicInteger();

    Watchdog(Duration limit) {
        this.limit = limit;
    }

    /**
     * Runs {@code action} and waits for it; what it throws, Errors included, comes out as an {@link ApplyException}. The thread
     * does nothing else: what a bundle keeps of it, and does to it later, is no other bundle's harm.
     */
    @Override
    public void run(String what, Action action) throws ApplyException {
        Task task = new Task("mainstay: " + what, Reset.carried(action));
        startThread(task, task::run);
        await(what, task);
    }

    /** The same for a step of the framework's, on a thread that does one such step after the other. */
    void runOwn(String what, Action action) throws ApplyException {
        Task task = new Task("mainstay: " + what, Reset.carried(action));
        if (takeFree()) {
            tasks.add(task);
        } else {
            startThread(task, () -> work(task));
        }
        await(what, task);
    }

    private void await(String what, Task task) throws ApplyException {
        boolean finished;
        try {
            finished = task.done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
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

    private boolean takeFree() {
        return free.getAndUpdate(threads -> Math.max(0, threads - 1)) > 0;
    }

    private static void startThread(Task first, Runnable work) {
        Thread thread = new Thread(work, first.name);
        thread.setDaemon(true);
        first.thread = thread;
        thread.start();
    }

    /** Does tasks until none comes for a while. What hooks of bundles leave behind on the thread goes with it, soon. */
    private void work(Task first) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        Task task = first;
        while (task != null) {
            Thread.currentThread().setContextClassLoader(loader);
            task.run(free::incrementAndGet);
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
                // by a hook that has kept the thread: it means nothing here
                continue;
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
            run(() -> {});
        }

        /**
         * Does it.
         *
         * @param ended called before anybody hears that it is done
         */
        void run(Runnable ended) {
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
            ended.run();
            done.countDown();
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
