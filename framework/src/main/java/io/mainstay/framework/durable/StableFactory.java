package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Object owner = new Object();
    /** What users have, by the object that they were given. */
    private final Map<Object, Given> given = new IdentityHashMap<>();

    /** The threads that a factory is just making something in: no frame on their stacks tells whose it is. */
    private final Set<Thread> makers = ConcurrentHashMap.newKeySet();

    private volatile Hold hold;
    private Optional<Source> source = Optional.empty();

    private record Given(Bundle user, StableObject object) {}

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
    protected StableFactory(Object type, String label) {
        this.type = (StableClass) type;
        this.label = label;
    }

    /** Sets what makes services from now on, and has it make those that users have already. */
    final void attach(ServiceFactory<Object> factory, ServiceRegistration<Object> registeredAs) {
        synchronized (this) {
            source = Optional.of(new Source(factory, registeredAs));
        }
        Hold holding = hold;
        if (holding != null) {
            holding.targetChanged();
        }
        try {
            renew(); // users would have asked for it as soon as it was registered
        } catch (RuntimeException e) {
            LOG.debug("{} cannot be made yet; trying again at the end of the reset", label, Causes.loggable(e));
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
        Object made = checked(now.make(one.user(), label));
        if (made == null) {
            throw new ServiceException(
                    "Cannot get " + label + ": its factory gives nothing", ServiceException.FACTORY_ERROR);
        }
        one.object().target(made);
        if (!all().contains(one)) { // its user has returned it meanwhile
            one.object().end();
            now.takeBack(one.user(), made, label);
        }
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
                gone.ifPresent(factory -> factory.takeBack(one.user(), made, label));
            }
        }
    }

    private synchronized Optional<Source> source() {
        return source;
    }

    /** Says which change holds calls; null for none. */
    final synchronized void hold(Hold change) {
        hold = change;
        given.values().forEach(one -> one.object().hold(change));
    }

    /** {@return what its objects have in common} */
    final Object owner() {
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

    private Object checked(Object made) {
        if (made == null || type.interfaces().stream().allMatch(one -> one.isInstance(made))) {
            return made;
        }
        throw new ServiceException(
                "Cannot get " + label + ": " + made.getClass().getName() + " does not implement it",
                ServiceException.FACTORY_ERROR);
    }

    @Override
    public final Object getService(Bundle user, ServiceRegistration<Object> ignored) {
        Thread self = Thread.currentThread();
        while (true) {
            boolean outermost = makers.add(self); // before looking, so that a hold that begins now sees this
            Hold holding;
            boolean inside;
            try {
                holding = hold;
                inside = holding == null || holding.lets(this);
                Optional<Source> now = source();
                if (now.isPresent() && inside) {
                    return give(user, now.get());
                }
            } finally {
                if (outermost) {
                    makers.remove(self);
                }
            }
            if (holding == null) {
                throw new ServiceException(
                        "Cannot get " + label + ": the service is gone", ServiceException.UNREGISTERED);
            }
            holding.await(label, inside, () -> source().isPresent());
        }
    }

    private Object give(Bundle user, Source now) {
        Object made = checked(now.make(user, label));
        if (made == null) {
            return null;
        }
        StableObject object = new StableObject(type, label, owner, Optional.of(user.getLocation()));
        synchronized (this) {
            object.hold(hold);
            given.put(object.proxy(), new Given(user, object));
        }
        object.target(made);
        return object.proxy();
    }

    @Override
    public final void ungetService(Bundle user, ServiceRegistration<Object> ignored, Object service) {
        Given returned;
        Optional<Source> now;
        synchronized (this) {
            returned = given.remove(service);
            now = source;
        }
        if (returned == null) {
            return;
        }
        Object made = returned.object().target();
        returned.object().end();
        if (made != null) {
            now.ifPresent(factory -> factory.takeBack(user, made, label));
        }
    }
}
