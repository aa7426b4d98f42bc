package io.mainstay.framework.retention;

import io.mainstay.framework.node.NodeReport.HeldCode;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices replaced code that does not go away, and finds out who holds it. Objects of old code may be held for as long as
 * somebody likes; but what is held by mistake is a leak, and grows with each change.
 *
 * <p>Nothing is done before the time limit. Then one search a thread of the lowest priority looks for a way from what
 * lives to the old code; it is repeated while there is old code, ever more seldom. What it does not find is told only
 * after the collector has come by: until then it may just not have been collected. That shows by a companion, an object
 * of nobody's that is as old as the class loader.
 *
 * <p>Thread-safe; guarded by this.
 */
public final class OldCode {
    private static final Logger LOG = LoggerFactory.getLogger(OldCode.class);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(20);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final String NOBODY_FOUND =
            "nobody was found who holds it: native code, a local variable, or what a lambda of Java's own has captured";

    private final Duration limit;
    private final List<Entry> entries = new ArrayList<>();
    /** What ran when it was last looked. */
    private long generation;

    private long nextSearchNanos;
    private Duration wait = FIRST_WAIT;
    private boolean searching;

    private static final class Entry {
        private final WeakReference<BundleCode> code;
        private final String label;
        /** Goes with the code, at the latest, where nobody holds that; null before it is retired. */
        private WeakReference<ClassLoader> companion;

        private Instant retired;
        private long retiredNanos;
        private long generation;
        private boolean searched;
        private Optional<String> holder = Optional.empty();

        Entry(BundleCode code) {
            this.code = new WeakReference<>(code);
            this.label = code.label();
        }

        boolean lives() {
            return code.get() != null;
        }

        void retire(long lastGeneration) {
            companion = new WeakReference<>(loaderThatNobodyHolds());
            retired = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            retiredNanos = System.nanoTime();
            generation = lastGeneration;
        }
    }

    /** Makes a class loader with a class: as the code's own it goes only when the collector looks at classes, which it seldom does. */
    private static ClassLoader loaderThatNobodyHolds() {
        ClassLoader loader = new ClassLoader(null) {};
        Proxy.newProxyInstance(loader, new Class<?>[] {Runnable.class}, (proxy, method, arguments) -> null);
        return loader;
    }

    /** Threads that look: code that they happen to load is not to start anything. */
    private static final class Looking extends Thread {
        Looking(Runnable work) {
            super(work, "mainstay-old-code");
            setDaemon(true);
            setPriority(MIN_PRIORITY);
        }
    }

    /** @param limit how long old code may be held before somebody is told */
    public OldCode(Duration limit) {
        this.limit = limit;
    }

    /** {@return whether the current thread only looks} */
    public static boolean isLooking() {
        return Thread.currentThread() instanceof Looking;
    }

    /** Notes a class loader that was made. */
    public synchronized void note(BundleCode code) {
        entries.add(new Entry(code));
    }

    /**
     * Looks what has been retired since the last time, and begins a search if it is time for one.
     *
     * @param runs the number of the generation that runs, and, if a change has just been made, ran until then
     */
    public synchronized void look(long runs) {
        entries.removeIf(entry -> !entry.lives());
        for (Entry entry : entries) {
            BundleCode code = entry.code.get();
            if (entry.retired == null && code != null && code.retired()) {
                entry.retire(generation);
            }
        }
        generation = runs;
        List<Entry> due = due();
        boolean fresh = due.stream().anyMatch(entry -> !entry.searched);
        if (fresh) {
            wait = FIRST_WAIT;
        }
        if (!searching && !due.isEmpty() && (fresh || System.nanoTime() - nextSearchNanos > 0)) {
            searching = true;
            new Looking(this::search).start();
        }
    }

    private List<Entry> due() {
        return entries.stream()
                .filter(entry -> entry.retired != null
                        && System.nanoTime() - entry.retiredNanos > limit.toNanos()
                        && entry.lives())
                .toList();
    }

    /** What it looks for is in local variables only: it must not find itself. */
    private void search() {
        try {
            List<Entry> due;
            List<BundleCode> live = new ArrayList<>();
            synchronized (this) {
                due = due();
                entries.stream()
                        .filter(entry -> entry.retired == null)
                        .map(entry -> entry.code.get())
                        .filter(code -> code != null)
                        .forEach(live::add);
            }
            List<BundleCode> suspects = due.stream()
                    .map(entry -> entry.code.get())
                    .filter(code -> code != null)
                    .toList();
            Map<BundleCode, String> holders = new HolderSearch(suspects, live).find();
            synchronized (this) {
                due.forEach(entry -> settle(entry, holders));
            }
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            LOG.warn("Cannot find out who holds old code", e);
        } finally {
            synchronized (this) {
                nextSearchNanos = System.nanoTime() + wait.toNanos();
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
                searching = false;
            }
        }
    }

    private static void settle(Entry entry, Map<BundleCode, String> holders) {
        BundleCode code = entry.code.get();
        entry.searched = true;
        if (code == null) {
            return;
        }
        Optional<String> holder = Optional.ofNullable(holders.get(code));
        boolean survived = entry.companion.get() == null;
        Optional<String> told = holder.or(() -> survived ? Optional.of(NOBODY_FOUND) : Optional.empty());
        if (told.isPresent() && entry.holder.isEmpty()) {
            LOG.warn(
                    "Code of {} in generation {}, replaced at {}, is still held: {}",
                    entry.label,
                    entry.generation,
                    entry.retired,
                    told.get());
        }
        entry.holder = told;
    }

    /** {@return the old code that is held, the oldest first} */
    public synchronized List<HeldCode> held() {
        return entries.stream()
                .filter(entry -> entry.holder.isPresent() && entry.lives())
                .sorted(Comparator.comparing(entry -> entry.retiredNanos))
                .map(entry -> new HeldCode(entry.label, entry.generation, entry.retired.toString(), entry.holder.get()))
                .toList();
    }
}
