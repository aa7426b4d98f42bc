package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for a service factory: gives each user a stable object, and keeps what the factory of the moment has made behind
 * it. Public because what is published is a generated subclass, in a loader that sees the service's types: Felix asks
 * that to find out who may use the service.
 *
 * <p>Thread-safe; guarded by this, but for the calls to factories.
 */
public class StableFactory implements ServiceFactory<Object> {
    private static final Logger LOG = LoggerFactory.getLogger(StableFactory.class);

    private final StableClass type;
    private final String label;
    private final Owner owner;
    /** What users have, by the object that they were given. */
    private final Map<Object, Given> given = new IdentityHashMap<>();

    /** The threads that a factory is just making something in: no frame on their stacks tells whose it is. */
    private final Set<Thread> makers = ConcurrentHashMap.newKeySet();

    private volatile Hold hold;
    /** The change that the source came with; null for one of old code, and outside of changes. */
    private volatile Hold freshIn;
    /** Whether all that users had before has something behind it again, if it can. */
    private volatile boolean renewed;

    private Optional<Source> source = Optional.empty();

    /**
     * An object that users have: several, where a factory gives all the same, as Declarative Services does for what it calls
     * a singleton.
     *
     * @param early those that returned it while there was nothing behind it: it may just be made for them
     */
    private record Given(List<Bundle> users, Set<Bundle> early, StableObject object) {}

    /** What a provider has registered. What it throws is not to harm others, as in Felix. */
    private record Source(ServiceFactory<Object> factory, ServiceRegistration<Object> registration) {

        Object make(Bundle user, String label) {
            try {
                return factory.getService(user, registration);
            } catch (ServiceException e) {
                throw e;
            } catch (Throwable e) { // of code of bundles
                throw new ServiceException(
                        "Cannot get " + label + ": its factory failed: " + Causes.oneLine(e),
                        ServiceException.FACTORY_EXCEPTION,
                        e);
            }
        }

        void takeBack(Bundle user, Object made, String label) {
            try {
                factory.ungetService(user, registration, made);
            } catch (Throwable e) { // of code of bundles
                Causes.log(LOG, label + " cannot be given back to its factory", e);
            }
        }
    }

    /** Called by the generated subclass. */
    protected StableFactory(Object type, Object owner, String label) {
        this.type = (StableClass) type;
        this.owner = (Owner) owner;
        this.label = label;
    }

    /** Sets what makes services from now on, and has it make those that users have already. */
    final void attach(ServiceFactory<Object> factory, ServiceRegistration<Object> registeredAs, boolean fresh) {
        Hold holding = hold;
        synchronized (this) {
            freshIn = fresh ? holding : null;
            renewed = false;
            source = Optional.of(new Source(factory, registeredAs));
        }
        if (holding != null) {
            holding.targetChanged();
        }
        try {
            renew(); // users would have asked for it as soon as it was registered
        } catch (RuntimeException e) {
            LOG.debug("{} cannot be made yet; trying again at the end of the reset", label, Causes.loggable(e));
        }
        renewed = true; // who asks from now on has what others have, if it is the same
        if (holding != null && fresh) {
            holding.targetChanged();
        }
    }

    /** Has the factory make what users had of the one before. */
    final void renew() {
        for (Given one : all()) {
            Optional<Source> now = source();
            if (now.isPresent() && one.object().target() == null) {
                renew(one, now.get());
            }
        }
    }

    private void renew(Given one, Source now) {
        Object made = null;
        List<Bundle> asked = new ArrayList<>();
        try {
            for (Bundle user : one.users()) {
                Object its = checked(now.make(user, label));
                if (made != null && made != its) {
                    now.takeBack(user, its, label); // these users had one object in common, and go on with one
                }
                made = made == null ? its : made;
                asked.add(user);
            }
            if (made == null) {
                return; // all have returned it meanwhile
            }
            one.object().target(made, isFresh());
        } catch (RuntimeException e) {
            takeBack(now, asked, made);
            throw e;
        }
        synchronized (this) {
            asked.retainAll(one.early());
            one.early().clear();
        }
        takeBack(now, asked, made);
        if (!all().contains(one)) { // its users have returned it meanwhile
            one.object().end();
        }
    }

    private void takeBack(Source from, List<Bundle> users, Object made) {
        users.forEach(user -> from.takeBack(user, made, label));
    }

    /** Gives all back to a factory that goes. */
    final void detach() {
        Optional<Source> gone;
        synchronized (this) {
            gone = source;
            source = Optional.empty();
        }
        for (Given one : all()) {
            Object made = one.object().release();
            if (made != null) {
                gone.ifPresent(factory -> takeBack(factory, one.users(), made));
            }
        }
    }

    /** {@return what it has given, and to whom} */
    final Map<StableObject, List<Bundle>> users() {
        return all().stream().collect(Collectors.toMap(Given::object, one -> List.copyOf(one.users())));
    }

    private synchronized Optional<Source> source() {
        return source;
    }

    /** Says which change holds calls; null for none. */
    final synchronized void hold(Hold change) {
        hold = change;
        if (change == null) {
            freshIn = null;
        }
        given.values().forEach(one -> one.object().hold(change));
    }

    /** {@return what its objects have in common} */
    final Owner owner() {
        return owner;
    }

    final Set<Thread> makers() {
        return makers;
    }

    private synchronized List<Given> all() {
        return new ArrayList<>(given.values());
    }

    final List<StableObject> objects() {
        return all().stream().map(Given::object).toList();
    }

    private boolean isMark() {
        return type.interfaces().isEmpty();
    }

    private boolean isOfItsTypes(Object made) {
        return type.interfaces().stream().allMatch(one -> one.isInstance(made));
    }

    private Object checked(Object made) {
        if (made == null) {
            throw new ServiceException(
                    "Cannot get " + label + ": its factory gives nothing", ServiceException.FACTORY_ERROR);
        }
        if (isOfItsTypes(made)) {
            return made;
        }
        throw new ServiceException(
                "Cannot get " + label + ": " + made.getClass().getName() + " does not implement it",
                ServiceException.FACTORY_ERROR);
    }

    @Override
    public final Object getService(Bundle user, ServiceRegistration<Object> ignored) {
        Thread self = Thread.currentThread();
        long since = System.nanoTime();
        Optional<Hold> waited = Optional.empty();
        while (true) {
            boolean outermost = makers.add(self); // before looking, so that a hold that begins now sees this
            Hold holding;
            Hold.Standing caller;
            try {
                holding = hold;
                caller = holding == null || isNewIn(holding) ? Hold.Standing.FREE : holding.standing(this);
                Optional<Source> now = source();
                if (now.isPresent() && caller.inside()) {
                    return give(user, now.get());
                }
            } finally {
                if (outermost) {
                    makers.remove(self);
                }
            }
            if (holding == null || caller.inside() && holding.isCarriedHere()) {
                waited.ifPresent(Hold::inVain);
                throw new ServiceException(
                        "Cannot get " + label + ": the service is gone", ServiceException.UNREGISTERED);
            }
            boolean through = caller.inside();
            holding.await(
                    label,
                    caller,
                    since,
                    () -> hold != holding || through && source().isPresent() || isNewIn(holding),
                    () -> source().isPresent());
            waited = Optional.of(holding);
        }
    }

    private boolean isFresh() {
        return freshIn != null && freshIn == hold;
    }

    /** {@return whether it came with this change, and users ask for it because they are told so} */
    private boolean isNewIn(Hold change) {
        return type.isToldAtRegistration() && renewed && freshIn == change && source().isPresent();
    }

    private Object give(Bundle user, Source now) {
        Object made = now.make(user, label);
        if (made == null || !isOfItsTypes(made) || isMark()) {
            return made; // Felix says what is wrong with it; and nobody but its provider has a use for a mark
        }
        StableObject object;
        synchronized (this) {
            Optional<Given> same = isShared()
                    ? given.values().stream()
                            .filter(one -> one.object().target() == made)
                            .findFirst()
                    : Optional.empty();
            if (same.isPresent()) {
                same.get().users().add(user);
                return same.get().object().proxy();
            }
            object = new StableObject(type, label, owner, Optional.of(user.getLocation()));
            object.hold(hold);
            given.put(object.proxy(), new Given(new CopyOnWriteArrayList<>(List.of(user)), new HashSet<>(), object));
        }
        try {
            object.target(made, isFresh());
        } catch (RuntimeException e) { // it cannot be led to where it should be
            synchronized (this) {
                given.remove(object.proxy());
            }
            object.end();
            now.takeBack(user, made, label);
            throw e;
        }
        return object.proxy();
    }

    /** {@return whether users are given the same, where their objects are the same} */
    boolean isShared() {
        return true;
    }

    @Override
    public final void ungetService(Bundle user, ServiceRegistration<Object> ignored, Object service) {
        Given returned;
        Optional<Source> now;
        boolean last;
        Object made;
        synchronized (this) {
            returned = given.get(service);
            now = source;
            if (returned == null || !returned.users().remove(user)) {
                if (isMark()) {
                    now.ifPresent(factory -> factory.takeBack(user, service, label));
                }
                return;
            }
            made = returned.object().target();
            if (made == null) {
                returned.early().add(user);
            }
            last = returned.users().isEmpty();
            if (last) {
                given.remove(service);
            }
        }
        if (last) {
            returned.object().end();
        }
        if (made != null) {
            now.ifPresent(factory -> giveBack(factory, user, made));
        }
    }

    private void giveBack(Source to, Bundle user, Object made) {
        Thread self = Thread.currentThread();
        boolean outermost = makers.add(self);
        try {
            to.takeBack(user, made, label);
        } finally {
            if (outermost) {
                makers.remove(self);
            }
        }
    }
}
