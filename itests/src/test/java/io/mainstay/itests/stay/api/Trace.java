package io.mainstay.itests.stay.api;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What all bundles of the test and the test itself note. The system bundle exports it. */
public final class Trace {
    /** Calls into code that was stopped, or had not been started. */
    public static final AtomicLong LATE = new AtomicLong();

    /** Calls that have come back. */
    public static final AtomicLong CALLS = new AtomicLong();

    /** Calls of the Declarative Services component that have come back; {@link #CALLS} has them, too. */
    public static final AtomicLong COMPONENT_CALLS = new AtomicLong();

    /** How often the component was deactivated. */
    public static final AtomicInteger DEACTIVATIONS = new AtomicInteger();

    /** What callers have met that is no answer. */
    public static final Queue<Throwable> FAILURES = new ConcurrentLinkedQueue<>();

    private static final List<WeakReference<ClassLoader>> LOADERS = new ArrayList<>();

    private Trace() {}

    /** Forgets all. */
    public static synchronized void clear() {
        LATE.set(0);
        CALLS.set(0);
        COMPONENT_CALLS.set(0);
        DEACTIVATIONS.set(0);
        FAILURES.clear();
        LOADERS.clear();
    }

    /** Notes that code of a new loader has started. */
    public static synchronized void started(Class<?> code) {
        LOADERS.add(new WeakReference<>(code.getClassLoader()));
    }

    /** {@return the loaders of all code that has started, and that somebody still holds} */
    public static synchronized List<ClassLoader> held() {
        return LOADERS.stream()
                .map(WeakReference::get)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** Calls a service again and again, until the thread that does it is interrupted. */
    public static void callUntilInterrupted(Hop service, int more, AtomicLong count) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                if (service.hop(more) != more + 1) {
                    throw new AssertionError("A wrong answer");
                }
                CALLS.incrementAndGet();
                count.incrementAndGet();
            } catch (RuntimeException | Error e) {
                FAILURES.add(e);
            }
        }
    }
}
