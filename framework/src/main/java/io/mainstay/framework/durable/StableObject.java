package io.mainstay.framework.durable;

import java.lang.StackWalker.StackFrame;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.osgi.framework.ServiceException;

/**
 * One object that holders of a service have, whatever is behind it. Its target is what runs now: null before the first,
 * while the bundle that has it is being reset, and after the service is gone.
 *
 * <p>Thread-safe.
 */
final class StableObject extends Gate {
    private static final StackWalker STACK = StackWalker.getInstance();

    private final StableClass type;
    private final String label;
    private final Owner owner;
    private final Optional<String> user;
    private final Object proxy;
    private volatile Object target;
    /** The change that holds calls to this; null when none does. */
    private volatile Hold hold;
    /** The change that the target came with; null for one of old code, and outside of changes. */
    private volatile Hold freshIn;
    /** What goes on for this since its service is gone, and is led by users of its own; null while it is not. */
    private volatile StableObject heir;
    /** Those that have left to this one. */
    private volatile List<WeakReference<StableObject>> forerunners = List.of();

    private final Lifecycle lifecycle;

    private final LongAdder entered = new LongAdder();
    private final LongAdder exited = new LongAdder();

    /**
     * @param label what people call the service
     * @param owner what all objects of the same service have in common
     * @param user the location of the bundle that a factory has made it for
     */
    StableObject(StableClass type, String label, Owner owner, Optional<String> user) {
        this.type = type;
        this.label = label;
        this.owner = owner;
        this.user = user;
        this.lifecycle = new Lifecycle(type.interfaces());
        this.proxy = type.make(this);
    }

    /** {@return what holders have} */
    Object proxy() {
        return proxy;
    }

    StableClass type() {
        return type;
    }

    String label() {
        return label;
    }

    Owner owner() {
        return owner;
    }

    /** {@return the location of the bundle that a factory has made it for; empty if it is the same for all} */
    Optional<String> user() {
        return user;
    }

    Object target() {
        return target;
    }

    /**
     * Sets what is called from now on, and leads it to where the one before it was.
     *
     * @param fresh whether it comes with the change that holds calls
     */
    void target(Object other, boolean fresh) {
        Hold holding = hold;
        freshIn = fresh ? holding : null;
        Lifecycle.Leading leading = lifecycle.lead(other);
        leading.begin();
        if (holding != null) {
            restore(holding, leading, other);
        }
        Object before = leading.finish(() -> exchange(other));
        type.exchange(this, before, other);
        if (holding != null) {
            holding.targetChanged();
        }
    }

    /** {@return what was there: who takes it out is one, though its user may give it back while its provider stops} */
    private synchronized Object exchange(Object other) {
        Object before = target;
        target = other;
        return before;
    }

    private void restore(Hold holding, Lifecycle.Leading leading, Object other) {
        try {
            holding.handovers().restore(this, other);
        } catch (RuntimeException e) {
            leading.undo();
            throw e;
        }
    }

    /** Takes the target away; the caller knows that no call is under way. */
    Object release() {
        Lifecycle.Taken taken = lifecycle.take(() -> exchange(null));
        Hold holding = hold;
        if (holding != null && type.isToldAtRegistration()) {
            holding.targetChanged(); // who will be told again does not wait for that
        }
        type.exchange(this, taken.target(), null);
        if (taken.target() != null) {
            lifecycle.end(taken.target(), taken.begun());
        }
        return taken.target();
    }

    /** {@return whether its user has given it up, because it could not be initialised} */
    boolean isGivenUp() {
        return lifecycle.hasFailed();
    }

    @Override
    public boolean defersBegin(Object with) {
        return heir != null || lifecycle.defersBegin(with, () -> target == null && hold != null);
    }

    @Override
    public void begun(Object with) {
        lifecycle.begun(with);
    }

    @Override
    public void failedToBegin() {
        lifecycle.failed();
    }

    @Override
    public boolean defersEnd() {
        return heir != null || lifecycle.defersEnd(() -> target == null);
    }

    @Override
    public void ended() {
        lifecycle.ended();
    }

    @Override
    public String describe() {
        entered.increment(); // before looking, so that a hold that begins now sees this call
        try {
            boolean held = hold != null; // then nobody calls it, not for its text either
            Object now = held ? null : target;
            return now == null ? label + (held ? ", being replaced" : ", gone") : now.toString();
        } finally {
            exited.increment();
        }
    }

    /** Says which change holds calls; null for none. */
    void hold(Hold change) {
        hold = change;
        if (change == null) {
            freshIn = null;
        }
    }

    /** {@return whether calls that have been counted are not over} */
    boolean counted() {
        long ended = exited.sum(); // first: what begins meanwhile does not look like the end of another
        return entered.sum() != ended;
    }

    /**
     * Has those who keep it go on with what they would have of another service, which alone decides whether that can be called.
     * They wait here as long as it is held: it may be gone afterwards, and something else go on for this.
     */
    void leave(StableObject other) {
        List<WeakReference<StableObject>> all = new ArrayList<>(other.forerunners);
        all.add(new WeakReference<>(this));
        other.forerunners = all;
        heir = other;
        target = other.proxy();
        hold = null;
        type.drop(this);
    }

    /** Forgets those that have left to this one, and that nobody keeps any more. */
    void forget() {
        forerunners = forerunners.stream().filter(one -> one.get() != null).toList();
    }

    /** {@return what a call goes on with that came here by one that had left to this, and has left to another since} */
    private Optional<Object> refuge() {
        List<String> calls = STACK.walk(frames -> frames.map(StackFrame::getClassName)
                .dropWhile(name -> !name.equals(type.name()))
                .limit(2)
                .toList());
        return goneOn().filter(one -> calls.equals(List.of(type.name(), one.type.name())))
                .findFirst()
                .map(one -> one.await(false));
    }

    private Stream<StableObject> goneOn() {
        return forerunners.stream()
                .map(WeakReference::get)
                .filter(Objects::nonNull)
                .filter(one -> one.heir != this);
    }

    private Hold holding() {
        StableObject other = heir;
        return other == null ? hold : other.holding();
    }

    /** Lets nobody through for good; one that others go on for stays. */
    void end() {
        if (heir != null) {
            return;
        }
        Object before = exchange(null);
        Hold holding = hold;
        hold(null); // a change lets go of those it knows; this one is known no longer
        type.exchange(this, before, null);
        type.drop(this);
        if (holding != null) {
            holding.targetChanged();
        }
    }

    /**
     * The target is read in this frame, which counts as part of the call: a caller waits, as far as a drain can see, only
     * while it is in {@link Hold#await}.
     */
    @Override
    public Object await(boolean told) {
        long since = System.nanoTime();
        Optional<Hold> waited = Optional.empty();
        while (true) {
            Hold holding = holding();
            Hold.Standing caller = standing(holding);
            Object now = reachable(holding, caller, told);
            if (now != null) {
                return now;
            }
            if (holding == null) {
                Optional<Object> instead = refuge();
                if (instead.isPresent()) {
                    return instead.get();
                }
                waited.ifPresent(Hold::inVain);
                throw gone("the service is gone");
            }
            if (told && target == null) {
                return null;
            }
            if (holding.isCarriedHere()) {
                throw gone("the thread that asks is replacing it");
            }
            holding.await(
                    label,
                    caller,
                    since,
                    () -> holding() != holding || told && target == null || reachable(holding, caller, told) != null,
                    () -> target != null);
            waited = Optional.of(holding);
        }
    }

    private Hold.Standing standing(Hold holding) {
        return holding == null ? Hold.Standing.FREE : holding.standing(type);
    }

    /** {@return what a caller may call now: who was told of what came with the change does not wait for its end} */
    private Object reachable(Hold holding, Hold.Standing caller, boolean told) {
        return caller.inside() || told && freshIn == holding ? target : null;
    }

    @Override
    public Object enter(boolean told) {
        while (true) {
            entered.increment(); // before looking, so that a hold that begins now sees this call
            Hold holding = holding();
            Object now = target == null ? null : reachable(holding, standing(holding), told);
            if (now != null) {
                return now;
            }
            exited.increment();
            Object found = await(told);
            if (found == null) {
                return null;
            }
            if (goneOn().anyMatch(one -> one.target == found)) {
                entered.increment(); // it is counted there, and says here as well that it ends
                return found;
            }
        }
    }

    @Override
    public void exit() {
        exited.increment();
    }

    ServiceException gone(String why) {
        return new ServiceException("Cannot call " + label + ": " + why, ServiceException.UNREGISTERED);
    }
}
