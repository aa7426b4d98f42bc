package io.mainstay.framework.apply;

import io.mainstay.framework.durable.Guard;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.failure.Causes;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * Runs code of bundles on threads of its own, so that code that hangs costs its time limit and not the node. A thread
 * that hangs is interrupted; one that does not heed that is left behind, because Java cannot end it. Thread-safe.
 */
final class Watchdog implements Guard {
    private static final int FRAMES = 6;
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Duration limit;

    Watchdog(Duration limit) {
        this.limit = limit;
    }

    /** Runs {@code action} and waits for it; what it throws, Errors included, comes out as an {@link ApplyException}. */
    @Override
    public void run(String what, Action action) throws ApplyException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    Reset.carry();
                    try {
                        action.run();
                    } catch (Throwable e) {
                        failure.set(e);
                    } finally {
                        done.countDown();
                    }
                },
                "mainstay: " + what);
        thread.setDaemon(true);
        thread.start();
        boolean finished;
        try {
            finished = done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApplyException("Interrupted while waiting to " + what, e);
        }
        if (!finished) {
            String where = stack(thread);
            interrupt(thread);
            throw new ApplyException(
                    "Cannot " + what + ": it did not end within " + words(limit) + "; thread '" + thread.getName()
                            + "' was at " + where,
                    null,
                    thread.isAlive());
        }
        if (failure.get() != null) {
            throw new ApplyException(
                    "Cannot " + what + ": " + Causes.oneLine(failure.get()), Causes.loggable(failure.get()));
        }
    }

    private static String words(Duration limit) {
        return limit.toMillisPart() == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    /** Code that heeds an interrupt is out of the way of what comes next; other code stays. */
    private static void interrupt(Thread thread) {
        thread.interrupt();
        try {
            thread.join(GRACE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Java's own frames say less than who called them, and are many: only the last of those on top is told. */
    static String stack(Thread thread) {
        StackTraceElement[] frames = thread.getStackTrace();
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
