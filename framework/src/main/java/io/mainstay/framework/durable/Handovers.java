package io.mainstay.framework.durable;

import io.mainstay.framework.handover.Handover;
import io.mainstay.framework.handover.SavedState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the services of one change have saved, and who gets it: the next target of the same object; where that object is
 * gone, because its user was reset as well, what the same user gets instead; where all users had one target, whatever
 * target comes first; and where the service is another one, because its type was reset, the one of the same bundle and name.
 *
 * <p>Thread-safe; guarded by this, but for what is called of others.
 */
final class Handovers {
    private static final Logger LOG = LoggerFactory.getLogger(Handovers.class);

    private final Guard guard;
    private final boolean forced;
    private final List<Saved> saved = new ArrayList<>();
    /** The targets that have got something. */
    private final Set<Object> restored = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Set<SavedState> taken = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<String> leftBehind = new ArrayList<>();
    private Optional<String> failure = Optional.empty();
    private int count;

    private record Saved(StableObject object, Object from, SavedState state) {
        boolean isOf(Owner owner) {
            return object.owner() == owner;
        }
    }

    /**
     * @param guard runs one save or restore
     * @param forced whether state that cannot be saved is left behind, and the change made all the same
     */
    Handovers(Guard guard, boolean forced) {
        this.guard = guard;
        this.forced = forced;
    }

    /**
     * Has all of them save what they hand over. No call to them is under way.
     *
     * @throws BundleException if one cannot; nothing is kept of the others then
     */
    void save(Collection<StableService> services) throws BundleException {
        for (StableService service : services) {
            if (service.offersHandover()) {
                guard.run("ask for " + service.label(), service::wakeHandover);
            }
            for (StableObject object : service.objects()) {
                if (object.target() instanceof Handover target) {
                    save(object, target);
                }
            }
        }
    }

    private void save(StableObject object, Handover target) throws BundleException {
        synchronized (this) {
            Optional<Saved> same =
                    saved.stream().filter(one -> one.from() == target).findFirst();
            if (same.isPresent()) { // one target that several users have, or that is registered twice
                saved.add(new Saved(object, target, same.get().state()));
                return;
            }
        }
        SavedState[] state = new SavedState[1];
        try {
            guard.run("save the state of " + object.label(), () -> {
                state[0] = target.save();
                Objects.requireNonNull(state[0], "save() gave null");
            });
        } catch (BundleException e) {
            if (!forced) {
                throw new BundleException(e.getMessage() + "; with --force its state is left behind", e);
            }
            LOG.warn("Left behind, as was asked for by force: {}", e.getMessage(), e);
            leave(object.label() + ": " + e.getMessage());
            return;
        }
        synchronized (this) {
            saved.add(new Saved(object, target, state[0]));
        }
    }

    /**
     * Gives a target what was saved for it, if something was; called before anybody can call it.
     *
     * @throws IllegalStateException if it does not take it; {@link #failure} says so from then on
     */
    void restore(StableObject object, Object target) {
        if (!(target instanceof Handover taker)) {
            return;
        }
        SavedState state;
        synchronized (this) {
            Optional<Saved> found = isOld(target) ? Optional.empty() : find(object);
            if (found.isEmpty() || !restored.add(target)) {
                return;
            }
            state = found.get().state();
        }
        try {
            guard.run("restore the state of " + object.label(), () -> taker.restore(state.copy()));
        } catch (BundleException e) {
            synchronized (this) {
                failure = failure.or(() -> Optional.of(e.getMessage()));
            }
            throw new IllegalStateException(e.getMessage(), e);
        }
        synchronized (this) {
            taken.add(state);
            count++;
        }
    }

    /** One that was not stopped after all has what it had. */
    private boolean isOld(Object target) {
        return saved.stream().anyMatch(one -> one.from() == target);
    }

    private Optional<Saved> find(StableObject object) {
        List<Saved> candidates =
                saved.stream().filter(one -> one.isOf(object.owner())).toList();
        if (candidates
                .isEmpty()) { // its type is another now, because its exporter was reset: data have no types of bundles
            List<Saved> alike = saved.stream()
                    .filter(one -> one.object().label().equals(object.label()))
                    .toList();
            List<Saved> called = alike.stream()
                    .filter(one -> one.object().owner().isCalledAs(object.owner()))
                    .toList();
            return only(called.isEmpty() ? alike : called);
        }
        return candidates.stream()
                .filter(one -> one.object() == object)
                .findFirst()
                .or(() -> only(candidates.stream()
                        .filter(one -> one.object().user().equals(object.user()))
                        .toList()))
                .or(() -> only(candidates));
    }

    /** All that has come from one target is one state. */
    private static Optional<Saved> only(List<Saved> some) {
        return some.stream()
                .filter(one -> some.stream().allMatch(other -> other.from() == one.from()))
                .findFirst();
    }

    /** {@return whether something of a service waits for a taker} */
    synchronized boolean waits(Owner owner) {
        return saved.stream().anyMatch(one -> one.isOf(owner) && !taken.contains(one.state()));
    }

    /** Begins the way back: what runs again gets what was saved, whoever has had it since. */
    synchronized void again() {
        restored.clear();
        taken.clear();
        count = 0;
        failure = Optional.empty();
    }

    /** {@return why a restore failed; empty if none did} */
    synchronized Optional<String> failure() {
        return failure;
    }

    /** Notes what nobody has taken, and forgets all that was saved. */
    synchronized void end() {
        for (Saved one : saved) {
            boolean stays = one.object().target() == one.from();
            if (!stays && taken.add(one.state())) {
                leave(one.object().label() + ": nobody has taken it");
            }
        }
        saved.clear();
        restored.clear();
        taken.clear(); // threads that the change has started know this for as long as they live
    }

    private synchronized void leave(String what) {
        leftBehind.add(what);
    }

    /** {@return how many states were taken over} */
    synchronized int count() {
        return count;
    }

    /** {@return what was not taken over, a sentence each} */
    synchronized List<String> leftBehind() {
        return List.copyOf(leftBehind);
    }
}
