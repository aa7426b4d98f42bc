package org.apache.felix.framework;

import static org.osgi.framework.ServiceEvent.MODIFIED;
import static org.osgi.framework.ServiceEvent.REGISTERED;
import static org.osgi.framework.ServiceEvent.UNREGISTERING;

import io.mainstay.framework.content.ServiceLoaderWeaving;
import io.mainstay.framework.durable.Acting;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.durable.StableService;
import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.felix.framework.util.ListenerInfo;
import org.apache.felix.framework.util.MapToDictionary;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleReference;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.connect.ModuleConnector;

/**
 * Felix, with services that stay while the bundles behind them are reset. It sits in Felix's package because only there
 * the registration of a service can be overridden: hooks, which OSGi has for this, do not act for the system bundle, and
 * a service that the system bundle registers in the name of others says {@code getBundle()} of itself, and is told apart
 * by class spaces that are not its own.
 */
@SuppressWarnings("unchecked") // Felix declares its methods without type arguments
public final class StoreFelix extends Felix {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    /** Bundles have it from the framework, from another one, or within: what it does is done by who has a tracker. */
    private static final String TRACKER_PACKAGE = "org.osgi.util.tracker";
    /** What trackers of services call their customizers from. */
    private static final String TRACKER = TRACKER_PACKAGE + ".ServiceTracker$Tracked";
    /** The bundle whose service this thread is telling others of. */
    private static final ThreadLocal<Bundle> TELLING = new ThreadLocal<>();

    /** A number that Felix's dispatcher keeps to itself. */
    private static final int SERVICE_EVENT = 2;

    private final DurableServices durables;
    private final ServiceRegistry registry;
    private final EventDispatcher dispatcher;
    private final Map<Bundle, List<ServiceRegistration<?>>> byBundle;
    private final Method fire;
    private final Method hooks;
    private final Method initialize;

    /** Makes a framework. */
    public StoreFelix(Map<String, String> configuration, ModuleConnector connector, DurableServices durables) {
        super(configuration, connector);
        this.durables = durables;
        this.registry = read(Felix.class, "m_registry", this);
        this.dispatcher = read(Felix.class, "m_dispatcher", this);
        this.byBundle = read(ServiceRegistry.class, "m_regsMap", registry);
        this.fire = find(EventDispatcher.class, "fireEventImmediately");
        this.hooks = find(EventDispatcher.class, "filterListenersUsingHooks");
        this.initialize = find(ServiceRegistrationImpl.class, "initializeProperties");
    }

    private static Method find(Class<?> type, String name) {
        Method found = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("This is not the Felix that Mainstay was built for"));
        found.setAccessible(true);
        return found;
    }

    private static <T> T read(Class<?> type, String name, Object object) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return (T) field.get(object);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This is not the Felix that Mainstay was built for: " + e, e);
        }
    }

    /**
     * Ends what an activator has left that stops its own bundle while it starts: Felix calls that active, and fails at each
     * stop from then on.
     *
     * @return whether the bundle was such a one; it is resolved now
     */
    public boolean endSelfStopped(Bundle bundle) {
        boolean left = bundle.getState() == Bundle.ACTIVE && bundle.getBundleContext() == null;
        if (left) {
            ((BundleImpl) bundle).setActivator(null);
            setBundleStateAndNotify((BundleImpl) bundle, Bundle.RESOLVED);
        }
        return left;
    }

    @Override
    @SuppressWarnings("rawtypes")
    ServiceRegistration registerService(
            BundleContextImpl context, String[] names, Object service, Dictionary properties) {
        Bundle provider = context.getBundle();
        Optional<Bundle> other = other(provider);
        other.filter(by -> derives(provider)).ifPresent(by -> durables.derived(provider, by));
        Optional<StableService> kept = names == null || names.length == 0 || service == null
                ? Optional.empty()
                : durables.keep(provider, names, service, properties);
        if (kept.isEmpty()) {
            return super.registerService(context, names, ServiceLoaderWeaving.of(provider, service), properties);
        }
        kept.get().registeredBy(other);
        try {
            return Acting.inNameOf(provider, () -> register(provider, names, service, properties, kept.get()));
        } catch (RuntimeException | Error e) { // duplicate properties, or a service that cannot be brought to life
            durables.refused(kept.get());
            throw e;
        }
    }

    @SuppressWarnings("rawtypes")
    private ServiceRegistration register(
            Bundle provider, String[] names, Object service, Dictionary properties, StableService stable) {
        StableRegistration source = new StableRegistration(registry, provider, names, service, properties, stable);
        if (stable.registration() == null) {
            stable.attach(service, source, properties);
            publish(provider, names, properties, stable, source);
            return source;
        }
        Optional<StableRegistration> other = stable.source().map(StableRegistration.class::cast);
        Optional<StableService> its = other.map(one -> durables.takeBack(stable, one.names, one.service));
        try {
            stable.attach(service, source, properties);
            exchange(provider, null, source);
            stable.show(properties); // before those are told whose filters ask for them
            tell(REGISTERED, stable, stable::isNewTo);
            stable.isBack();
        } finally {
            other.ifPresent(one -> one.goOnAs(its.orElseThrow()));
        }
        return source;
    }

    @SuppressWarnings("rawtypes")
    private void publish(
            Bundle provider, String[] names, Dictionary properties, StableService stable, StableRegistration source) {
        ServiceRegistration shown = registry.registerService(provider, names, stable.published(), properties);
        stable.registered(new Shown((ServiceRegistrationImpl) shown, stable));
        exchange(provider, shown, source);
        Bundle outer = TELLING.get();
        TELLING.set(provider);
        try {
            dispatcher.fireServiceEvent(new ServiceEvent(REGISTERED, shown.getReference()), null, this);
        } finally {
            TELLING.set(outer);
        }
    }

    /** {@return the bundle whose code acts in the name of this one; empty for its own} */
    private static Optional<Bundle> other(Bundle provider) {
        Optional<Bundle> caller = STACK.walk(frames -> frames.map(StackFrame::getDeclaringClass)
                .filter(type -> !type.getPackageName().equals(TRACKER_PACKAGE))
                .map(Class::getClassLoader)
                .filter(BundleReference.class::isInstance)
                .map(loader -> ((BundleReference) loader).getBundle())
                .filter(Objects::nonNull)
                .findFirst());
        return caller.filter(bundle -> bundle != provider && bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID);
    }

    /**
     * {@return whether it does so because a service of that bundle has come} It registers something from its tracker, or while it is told of
     * the service. Extenders that act for a whole bundle hear when that goes.
     */
    private static boolean derives(Bundle provider) {
        return TELLING.get() == provider
                || STACK.walk(frames -> frames.map(StackFrame::getClassName).anyMatch(TRACKER::equals));
    }

    /** Tells some of a service that others have all the time: these bundles, and who listens for types that are told at registration. */
    private void tell(int type, StableService stable, Predicate<Bundle> whom) {
        Map<BundleContext, List<ListenerInfo>> listeners = new HashMap<>();
        listeners().forEach((user, its) -> {
            if (isOneOf(user, whom)) {
                listeners.put(user, its);
            } else if (stable.goesForSome()) {
                listeners.put(
                        user,
                        its.stream()
                                .filter(one -> stable.goesFor(one.getFilter()))
                                .toList());
            }
        });
        listeners.values().removeIf(List::isEmpty);
        if (listeners.isEmpty()) {
            return;
        }
        ServiceEvent event = new ServiceEvent(type, stable.registration().getReference());
        Bundle outer = TELLING.get();
        TELLING.set(stable.registration().getReference().getBundle());
        try {
            fire.invoke(null, dispatcher, SERVICE_EVENT, hooks.invoke(dispatcher, event, this, listeners), event, null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This is not the Felix that Mainstay was built for: " + e, e);
        } finally {
            TELLING.set(outer);
        }
    }

    private Map<BundleContext, List<ListenerInfo>> listeners() {
        synchronized (dispatcher) {
            // Felix replaces it, and its lists, when they change
            return read(EventDispatcher.class, "m_svcListeners", dispatcher);
        }
    }

    /** {@return the bundles that listen for a service, by code of their own, and do not use it as far as the registry knows} */
    private Set<Bundle> listeningOnly(StableService stable) {
        ServiceReference<?> reference = stable.registration().getReference();
        Bundle[] users = reference.getUsingBundles();
        Set<Bundle> found = new HashSet<>();
        listeners().forEach((user, its) -> {
            if (isOneOf(user, bundle -> isStranger(bundle, reference, users))
                    && its.stream().anyMatch(one -> listensFor(user.getBundle(), one, reference))) {
                found.add(user.getBundle());
            }
        });
        return found;
    }

    private boolean isStranger(Bundle bundle, ServiceReference<?> reference, Bundle[] users) {
        return bundle != reference.getBundle()
                && bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID
                && (users == null || !List.of(users).contains(bundle))
                && durables.isOutsideChange(bundle);
    }

    private static boolean listensFor(Bundle user, ListenerInfo listener, ServiceReference<?> reference) {
        Class<?> type = listener.getListener().getClass();
        boolean others = !type.getPackageName().equals(TRACKER_PACKAGE)
                && type.getClassLoader() instanceof BundleReference loader
                && loader.getBundle() != user;
        return !others
                && (listener.getParsedFilter() == null
                        || listener.getParsedFilter().match(reference));
    }

    private static boolean isOneOf(BundleContext user, Predicate<Bundle> whom) {
        try {
            return whom.test(user.getBundle());
        } catch (IllegalStateException e) {
            return false; // it has just been stopped
        }
    }

    /** Those who are started by a change find a service once its provider is there, as without us. */
    @Override
    @SuppressWarnings("rawtypes")
    ServiceReference[] getServiceReferences(BundleImpl bundle, String name, String filter, boolean assignable)
            throws InvalidSyntaxException {
        ServiceReference[] found = super.getServiceReferences(bundle, name, filter, assignable);
        Set<ServiceReference<?>> hidden = found == null ? Set.of() : durables.hiddenFrom(bundle);
        if (hidden.isEmpty()) {
            return found;
        }
        ServiceReference[] there = Arrays.stream(found)
                .filter(reference -> !hidden.contains(reference))
                .toArray(ServiceReference[]::new);
        return there.length == 0 ? null : there;
    }

    /** A bundle that uses a service of its own gets its own object: both end together. So does who acts for it. */
    @Override
    <S> S getService(Bundle user, ServiceReference<S> reference, boolean isServiceObjects) {
        S found = super.getService(user, reference, isServiceObjects);
        if (found != null && reference.getBundle() == user) {
            other(user).ifPresent(by -> durables.asked(reference, by));
        }
        return found == null || isServiceObjects || reference.getBundle() != user
                ? found
                : (S) durables.own(reference, found);
    }

    /** Has Felix take back the source when the bundle stops, and leave what others see. */
    private void exchange(Bundle provider, ServiceRegistration<?> shown, StableRegistration source) {
        List<ServiceRegistration<?>> registered = byBundle.computeIfAbsent(provider, key -> new ArrayList<>());
        synchronized (registered) {
            registered.remove(shown);
            registered.add(source);
        }
    }

    private void forget(Bundle provider, StableRegistration source) {
        List<ServiceRegistration<?>> registered = byBundle.get(provider);
        if (registered != null) {
            synchronized (registered) {
                registered.remove(source);
            }
        }
    }

    /**
     * What others find of a stable service. Whoever is told that its properties have changed may call all services, so he is not told in
     * the midst of a change, when some of them are not back; and not at all of what a change has taken back.
     */
    @SuppressWarnings("rawtypes")
    private final class Shown implements ServiceRegistration<Object> {
        private final ServiceRegistrationImpl registration;
        private final StableService stable;

        Shown(ServiceRegistrationImpl registration, StableService stable) {
            this.registration = registration;
            this.stable = stable;
        }

        @Override
        public ServiceReference<Object> getReference() {
            return (ServiceReference<Object>) registration.getReference();
        }

        @Override
        public void setProperties(Dictionary<String, ?> properties) {
            if (!durables.tellsLater(stable)) {
                registration.setProperties(properties);
                return;
            }
            synchronized (registration) {
                getReference(); // refuses one that is gone
                Map<String, Object> before = its();
                initialize(properties);
                durables.tellLater(stable, () -> tellUnlessAs(before));
            }
            durables.tellIfOver(stable);
        }

        private Map<String, Object> its() {
            return read(ServiceRegistrationImpl.class, "m_propMap", registration);
        }

        private void tellUnlessAs(Map<String, Object> before) {
            if (StableService.differ(before, its())) {
                dispatcher.fireServiceEvent(
                        new ServiceEvent(MODIFIED, getReference()), new MapToDictionary(before), StoreFelix.this);
            }
        }

        private void initialize(Dictionary<String, ?> properties) {
            try {
                initialize.invoke(registration, properties);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException refused) {
                    throw refused; // two properties of one name
                }
                throw new IllegalStateException(e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("This is not the Felix that Mainstay was built for: " + e, e);
            }
        }

        @Override
        public void unregister() {
            registration.unregister();
        }
    }

    /** What a provider holds of a stable service, from its registration to the stop of the bundle. */
    @SuppressWarnings("rawtypes")
    private final class StableRegistration extends ServiceRegistrationImpl {
        private final Bundle provider;
        private final String[] names;
        private final Object service;
        /** What others see of it; another one, if that is taken back for what looks more like it. */
        private volatile StableService stable;

        private boolean valid = true;
        private boolean ended;

        StableRegistration(
                ServiceRegistry registry,
                Bundle provider,
                String[] names,
                Object service,
                Dictionary properties,
                StableService stable) {
            super(registry, provider, names, -1L, service, properties);
            this.provider = provider;
            this.names = names;
            this.service = service;
            this.stable = stable;
        }

        /** Has others see it as a new service: what it was has been taken back for another registration. */
        void goOnAs(StableService made) {
            boolean gone;
            synchronized (this) {
                gone = !valid;
                stable = made;
            }
            if (gone) {
                durables.refused(made);
                return;
            }
            Dictionary its = new Hashtable(made.properties());
            forget(provider, this);
            made.attach(service, this, its);
            publish(provider, names, its, made, this);
        }

        @Override
        protected synchronized boolean isValid() {
            return valid && stable != null;
        }

        @Override
        public synchronized org.osgi.framework.ServiceReference getReference() {
            requireNot(ended); // while it goes, users are told of it, and it may be asked for
            return stable.registration().getReference();
        }

        private synchronized void requireValid() {
            requireNot(!valid);
        }

        private static void requireNot(boolean over) {
            if (over) {
                throw new IllegalStateException("The service registration is no longer valid.");
            }
        }

        @Override
        public void setProperties(Dictionary properties) {
            requireValid();
            Acting.inNameOf(provider, () -> stable.properties(properties));
        }

        private void tellSome() {
            Set<Bundle> told = new HashSet<>(durables.derivers(stable));
            if (durables.goesForListeners(stable)) {
                told.addAll(listeningOnly(stable));
            }
            if (!told.isEmpty()) {
                durables.goneFor(stable, told);
            }
            if (!told.isEmpty() || stable.goesForSome()) {
                tell(UNREGISTERING, stable, told::contains);
            }
        }

        @Override
        public void unregister() {
            synchronized (this) {
                if (!valid) {
                    throw new IllegalStateException("Service already unregistered.");
                }
                valid = false;
            }
            Acting.inNameOf(provider, this::takeBack);
        }

        private void takeBack() {
            forget(provider, this);
            if (durables.isKept(stable)) {
                tellSome(); // all others see it stay
            }
            try {
                durables.takenBack(stable, this);
            } finally {
                synchronized (this) {
                    ended = true;
                }
            }
        }
    }
}
