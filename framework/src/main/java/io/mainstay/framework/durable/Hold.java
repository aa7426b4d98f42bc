package io.mainstay.framework.durable;

import java.lang.StackWalker.StackFrame;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.osgi.framework.BundleReference;
import org.osgi.framework.ServiceException;

/**
 * One change's hold on the calls to all services that it resets, as one unit: new callers wait, callers that are within a
 * call of the unit already go through to the old objects, or they would wait for themselves.
 *
 * <p>Thread-safe.
 */
final class Hold {
    /** The change that a thread carries out, and the threads that it starts: nobody waits for itself. */
    private static final InheritableThreadLocal<Hold> INSIDE = new InheritableThreadLocal<>();

    /** The threads that the change itself runs on, without those that bundles start: what they wait for never comes. */
    private static final ThreadLocal<Hold> CARRYING = new ThreadLocal<>();

    private static final StackWalker STACK = StackWalker.getInstance();
    private static final StackWalker CLASSES = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    /** After so many ticks those of the change's own code who find nothing there are told so. */
    private static final int OWN_TICKS = 2;
    /** After so many ticks whoever does a task for others is let through to what is there, where the change waits for a task. */
    private static final int PATIENT_TICKS = 5;

    /** Whether threads of a class say the number that dumps know them by; from Java 19 on there is a method that all have. */
    private static final ClassValue<Boolean> NUMBERED = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("getId").getDeclaringClass() == Thread.class;
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
        }
    };

    /** Those whose old code may still run: they have not been started since this began. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    /** Let go of at the end: threads that the change has started know this object for as long as they live. */
    private final Set<StableService> services = ConcurrentHashMap.newKeySet();

    private final Set<String> classes = ConcurrentHashMap.newKeySet();
    /** The same, which are to be opened at the end, whatever became of their services. */
    private final Set<StableClass> closedTypes = ConcurrentHashMap.newKeySet();

    private final String by;
    private final Duration patience;
    private final Waits waits;
    private final Handovers handovers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private boolean closed;
    private boolean released;
    /** The bundles that the change stops and starts. */
    private final Set<String> unit;
    /** Why the change does not get on; null while it does. */
    private volatile Standstill standstill;
    /** Who was let through in which tick of it. */
    private final Map<Thread, Standstill> letThrough = new ConcurrentHashMap<>();
    /** Who was let through while calls were drained. */
    private final Set<Thread> passed = ConcurrentHashMap.newKeySet();
    /** Who waits and is within no call, by number, and how many classes were looked for when that was found. */
    private final Map<Long, Integer> outside = new ConcurrentHashMap<>();

    /**
     * How a caller stands to the change.
     *
     * @param inside whether it is let through: it is part of the change, or within a call of the unit
     * @param classes how many classes of the unit were looked for
     */
    record Standing(boolean inside, int classes) {
        /** Where there is no change. */
        static final Standing FREE = new Standing(true, 0);
    }

    /**
     * @param by what replaces the services, for people
     * @param patience how long a caller waits
     * @param waits gets what callers wait
     * @param handovers what is saved for the objects that come
     * @param unit the locations of the bundles that the change stops and starts
     */
    Hold(String by, Duration patience, Waits waits, Handovers handovers, Set<String> unit) {
        this.unit = unit;
        this.by = by;
        this.patience = patience;
        this.waits = waits;
        this.handovers = handovers;
    }

    Handovers handovers() {
        return handovers;
    }

    /** Holds new calls to these from now on. Calls that have begun go on; {@link Drain} waits for them. */
    void begin(Collection<StableService> unit) {
        services.addAll(unit);
        unit.forEach(service -> classes.add(service.type().name()));
        services.forEach(service -> service.hold(this));
        services.forEach(service -> closedTypes.add(service.type()));
        closedTypes.forEach(StableClass::close);
    }

    /** Holds one more, which came after the beginning. */
    void join(StableService late) {
        lock.lock();
        try {
            if (!closed && services.add(late)) {
                classes.add(late.type().name());
                late.hold(this);
                closedTypes.add(late.type());
                late.type().close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets one that is gone: who waits for it is told so. */
    void part(StableService gone) {
        if (services.remove(gone)) {
            gone.hold(null);
            targetChanged();
        }
    }

    /** {@return whether calls that have been counted are under way} */
    boolean counted() {
        return services.stream().flatMap(service -> service.objects().stream()).anyMatch(StableObject::counted);
    }

    /** {@return the threads in which a factory of the unit is just making a service} */
    List<Thread> makers() {
        return services.stream().flatMap(service -> service.makers().stream()).toList();
    }

    /** {@return whether there is nothing to hold} */
    boolean isEmpty() {
        return services.isEmpty();
    }

    /** {@return the names of the classes whose frames are calls of this unit} */
    Set<String> classes() {
        return classes;
    }

    /** Makes this thread, and those that it starts, one that carries out the change. */
    static void enter(Hold hold) {
        INSIDE.set(hold);
    }

    /** Ends {@link #enter}. */
    static void leave() {
        INSIDE.remove();
    }

    /** Says which bundles are stopped. */
    void stops(Set<String> locations) {
        running.addAll(locations);
    }

    /** Says that a bundle starts. */
    void starts(String location) {
        running.remove(location);
    }

    /** {@return whether what a bundle registers now comes with the change} */
    boolean isNewCode(String location) {
        return unit.contains(location) && !running.contains(location);
    }

    static Hold current() {
        return INSIDE.get();
    }

    /** Says that this thread is one of the change's own, from now on. */
    static void carry() {
        CARRYING.set(INSIDE.get());
    }

    /** {@return whether this thread is one of some change's own} */
    static boolean carriesAny() {
        return CARRYING.get() != null;
    }

    /** {@return whether this thread is one of this change's own: that of another framework comes to its end} */
    boolean isCarriedHere() {
        return CARRYING.get() == this;
    }

    /**
     * Says whether a caller is part of the change, or within a call of the unit. The call that asks is one frame of the
     * unit, if its class is of it; one more shows that it is nested.
     */
    Standing standing(StableClass asked) {
        return standing(classes.contains(asked.name()) ? 2 : 1, service -> true);
    }

    /** For as long as a tick lasts: a call may be two, to a factory and to what it makes. */
    private boolean isLetThrough() {
        return !letThrough.isEmpty() && letThrough.get(Thread.currentThread()) == standstill && standstill != null;
    }

    /**
     * Says that the change does not get on. Those who wait look whether it is because of them: who runs code of a bundle that
     * is stopped or started, and who holds what the change waits for.
     *
     * @param waiting the numbers of the change's threads that wait
     */
    void standsStill(int ticks, boolean draining, Collection<Long> waiting) {
        Set<Thread> held = waits.waiting();
        if (held.isEmpty() || !Standstill.isOne(waiting)) {
            getsOn();
            return;
        }
        standsStill(new Standstill(ticks, draining, Standstill.isForTask(waiting), Standstill.awaited(waiting, held)));
    }

    /**
     * Says that services are awaited: whoever runs code of a bundle that is started, and may be about to register one, is let
     * through to what is there.
     */
    void waitsForServices() {
        standsStill(new Standstill(1, false, false, Set.of()));
    }

    private void standsStill(Standstill found) {
        lock.lock();
        try {
            letThrough.clear();
            standstill = found;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Says that it gets on again: nobody is let through any more.
     *
     * @return whether it had stood still, so that somebody may have been
     */
    boolean getsOn() {
        boolean stood = standstill != null;
        standstill = null;
        letThrough.clear();
        return stood;
    }

    /** {@return the numbers of the threads that were let through while calls were drained} */
    long[] passed() {
        return passed.stream().mapToLong(Thread::getId).toArray();
    }

    /** What is to become of a caller, where the change does not get on. */
    private enum Verdict {
        WAIT,
        PASS,
        FAIL
    }

    /**
     * To call old code that is being stopped is what there would be without us; so is to get nothing once it has been. While calls
     * are drained, only those pass that the change's own code has begun.
     */
    private Verdict verdict(Standstill now, boolean there) {
        boolean awaited = now.awaited().contains(Thread.currentThread().getId());
        boolean own = awaited || runsCodeOfTheUnit() || Acting.isForAny(unit) || now.forTask() && isOfTheCommonPool();
        if (there) {
            boolean maybe = now.forTask() && !now.draining() && now.ticks() >= PATIENT_TICKS;
            return own || maybe && doesATask() ? Verdict.PASS : Verdict.WAIT;
        }
        return awaited || own && !now.draining() && now.ticks() >= OWN_TICKS ? Verdict.FAIL : Verdict.WAIT;
    }

    private boolean runsCodeOfTheUnit() {
        return CLASSES.walk(frames -> frames.map(StackFrame::getDeclaringClass)
                .map(Class::getClassLoader)
                .anyMatch(loader -> loader instanceof BundleReference bundle
                        && bundle.getBundle() != null
                        && unit.contains(bundle.getBundle().getLocation())));
    }

    private static boolean doesATask() {
        return STACK.walk(frames -> frames.map(StackFrame::getClassName).anyMatch(Standstill::isTask));
    }

    /** Everybody's code runs there: who waits in it keeps out what the change may wait for. */
    private static boolean isOfTheCommonPool() {
        return Thread.currentThread() instanceof ForkJoinWorkerThread worker
                && worker.getPool() == ForkJoinPool.commonPool();
    }

    /** Says the same of somebody who wants a service of a factory: that leaves no frame of the unit. */
    Standing standing(StableFactory asked) {
        return standing(1, service -> !service.isMadeBy(asked));
    }

    private Standing standing(int calls, Predicate<StableService> factories) {
        int known = classes.size(); // first: one that joins from now on is not looked for
        return new Standing(INSIDE.get() == this || isLetThrough() || isWithin(calls, factories), known);
    }

    /** {@return whether a thread waits here, and was found to be within no call of the unit as it is now} */
    boolean isOutside(long thread) {
        Integer known = outside.get(thread);
        return known != null && known == classes.size();
    }

    /** Every caller asks this while all wait: no stream, which would cost more than the walk. */
    private boolean isWithin(int calls, Predicate<StableService> factories) {
        Thread self = Thread.currentThread();
        for (StableService service : services) {
            if (service.makers().contains(self) && factories.test(service)) {
                return true;
            }
        }
        int found = 0;
        for (Class<?> one : OwnStack.classes()) {
            if (classes.contains(one.getName())) {
                found++;
            }
        }
        return found >= calls;
    }

    /**
     * Waits until the hold is released, or what is called is there for a caller that is let through.
     *
     * @param label what is called, for people
     * @param caller how it stands to this
     * @param over whether it need not wait any more
     * @param there whether there is something to call
     * @param since when it began to wait, for this change or its first half, as {@link System#nanoTime} says it
     * @throws ServiceException of type UNREGISTERED after the time limit
     */
    void await(String label, Standing caller, long since, BooleanSupplier over, BooleanSupplier there) {
        boolean interrupted = false;
        Thread self = Thread.currentThread();
        boolean numbered = NUMBERED.get(self.getClass());
        if (!caller.inside() && numbered) {
            outside.put(self.getId(), caller.classes());
        }
        waits.begin(since);
        lock.lock();
        try {
            long left = patience.toNanos() - (System.nanoTime() - since);
            Standstill seen = standstill;
            while (!released && !over.getAsBoolean()) {
                Standstill now = standstill;
                if (now != seen && now != null) {
                    seen = now;
                    Verdict verdict = verdict(now, there.getAsBoolean());
                    if (verdict == Verdict.PASS && numbered) {
                        outside.remove(self.getId());
                        if (seen.draining()) {
                            passed.add(self);
                        }
                        letThrough.put(self, seen);
                        return;
                    } else if (verdict == Verdict.FAIL) {
                        waits.fail();
                        throw new ServiceException(
                                "Cannot call " + label + ": it is being replaced by " + by
                                        + ", which waits for the thread that calls",
                                ServiceException.UNREGISTERED);
                    }
                }
                if (left <= 0) {
                    waits.fail();
                    throw new ServiceException(
                            "Cannot call " + label + ": it is being replaced by " + by + ", and not back after "
                                    + patience.toMillis() + " ms",
                            ServiceException.UNREGISTERED);
                }
                try {
                    left = news.awaitNanos(left);
                } catch (InterruptedException e) {
                    interrupted = true; // a call that is interrupted is still a call; its code sees the flag
                    left = patience.toNanos() - (System.nanoTime() - since);
                }
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                self.interrupt();
            }
            outside.remove(self.getId());
            waits.end();
        }
    }

    /** Says that somebody who has waited finds nothing there after all. */
    void inVain() {
        waits.fail();
    }

    /** Says that something that is waited for may be there. */
    void targetChanged() {
        lock.lock();
        try {
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets all calls go on, to what their services are now. */
    void release() {
        lock.lock();
        try {
            closed = true; // nobody joins while all are let go
        } finally {
            lock.unlock();
        }
        services.forEach(service -> service.hold(null));
        closedTypes.forEach(StableClass::open);
        closedTypes.clear();
        lock.lock();
        try {
            released = true;
            services.clear();
            getsOn();
            passed.clear();
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Has those who wait here wait for the change that has taken its place, which opens at its end what this one has closed. */
    void giveWay(Hold to) {
        to.closedTypes.addAll(closedTypes);
        lock.lock();
        try {
            closed = true;
            released = true;
            services.clear();
            closedTypes.clear();
            getsOn();
            passed.clear();
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
