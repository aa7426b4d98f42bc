package io.mainstay.framework.durable;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
    /** What users have, by the object that they were given. */
    private final Map<Object, Given> given = new IdentityHashMap<>();

    private volatile Hold hold;
    private ServiceFactory<Object> factory;
    private ServiceRegistration<Object> registration;

    private record Given(Bundle user, StableObject object) {}

    /** Called by the generated subclass. */
    protected StableFactory(Object type, String label) {
        this.type = (StableClass) type;
        this.label = label;
    }

    /** Sets what makes services from now on, and has it make those that users have already. */
    final void attach(ServiceFactory<Object> other, ServiceRegistration<Object> registeredAs) {
        synchronized (this) {
            factory = other;
            registration = registeredAs;
        }
        Hold holding = hold;
        if (holding != null) {
            holding.targetChanged();
        }
        try {
            renew(); // users would have asked for it as soon as it was registered
        } catch (RuntimeException e) {
            LOG.debug("{} cannot be made yet; trying again at the end of the reset", label, e);
        }
    }

    /** Has the factory make what users had of the one before. */
    final void renew() {
        for (Given one : all()) {
            if (one.object().target() == null) {
                Object made = make(one.user());
                if (made == null) {
                    throw new ServiceException("Cannot get " + label + ": its factory gives nothing");
                }
                one.object().target(made);
            }
        }
    }

    /** Gives all back to a factory that goes. */
    final void detach() {
        ServiceFactory<Object> gone;
        ServiceRegistration<Object> registeredAs;
        synchronized (this) {
            gone = factory;
            registeredAs = registration;
            factory = null;
        }
        for (Given one : all()) {
            Object made = one.object().release();
            if (made != null && gone != null) {
                gone.ungetService(one.user(), registeredAs, made);
            }
        }
    }

    private synchronized boolean attached() {
        return factory != null;
    }

    /** Says which change holds calls; null for none. */
    final synchronized void hold(Hold change) {
        hold = change;
        given.values().forEach(one -> one.object().hold(change));
    }

    private synchronized List<Given> all() {
        return new ArrayList<>(given.values());
    }

    final List<StableObject> objects() {
        return all().stream().map(Given::object).toList();
    }

    private Object make(Bundle user) {
        Hold holding = hold;
        if (holding != null && !(holding.lets() && attached())) {
            holding.await(label, this::attached);
        }
        ServiceFactory<Object> now;
        ServiceRegistration<Object> registeredAs;
        synchronized (this) {
            now = factory;
            registeredAs = registration;
        }
        if (now == null) {
            throw new ServiceException("Cannot get " + label + ": the service is gone", ServiceException.UNREGISTERED);
        }
        Object made = now.getService(user, registeredAs);
        if (made == null || type.interfaces().stream().allMatch(one -> one.isInstance(made))) {
            return made;
        }
        throw new ServiceException(
                "Cannot get " + label + ": " + made.getClass().getName() + " does not implement it",
                ServiceException.FACTORY_ERROR);
    }

    @Override
    public final Object getService(Bundle user, ServiceRegistration<Object> ignored) {
        Object made = make(user);
        if (made == null) {
            return null;
        }
        StableObject object = new StableObject(type, label);
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
        ServiceFactory<Object> now;
        ServiceRegistration<Object> registeredAs;
        synchronized (this) {
            returned = given.remove(service);
            now = factory;
            registeredAs = registration;
        }
        if (returned == null) {
            return;
        }
        Object made = returned.object().target();
        returned.object().end();
        if (now != null && made != null) {
            now.ungetService(user, registeredAs, made);
        }
    }
}
