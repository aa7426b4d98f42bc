package io.mainstay.framework.durable;

import io.mainstay.framework.configuration.Texts;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.handover.Handover;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Dictionary;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleReference;
import org.osgi.framework.Constants;
import org.osgi.framework.PrototypeServiceFactory;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service as all but its provider see it: one registration, one reference and, for each user, one object, through any
 * number of resets of the bundle that provides it. What its provider registers is attached to it, and detached again.
 *
 * <p>Thread-safe; guarded by this, but for what is called of others.
 */
public final class StableService {
    private static final Logger LOG = LoggerFactory.getLogger(StableService.class);

    private static final String FACTORY_PID = "service.factoryPid";

    private final Kind kind;
    private final String label;
    private final StableClass type;
    private final Object published;
    private final Optional<StableObject> single;
    private final Optional<StableFactory> factory;
    /** What the provider has registered for it now; null between two. */
    private ServiceRegistration<?> source;
    /** Whether a provider is just registering it. */
    private boolean claimed;

    private volatile boolean fresh;
    /** So long after its bundle had started it came last. */
    private volatile Duration lateness = Duration.ZERO;
    /** Who is started by the change in which it came back last. */
    private volatile Set<String> unseenBy = Set.of();
    /** Who was told that it has gone. */
    private volatile Set<Bundle> goneFor = Set.of();
    /** Who did not find it. */
    private final Set<Bundle> hiddenFrom = ConcurrentHashMap.newKeySet();
    /** Who has registered it in the provider's name. */
    private volatile Optional<Bundle> registeredBy = Optional.empty();

    private volatile ServiceRegistration<?> registration;
    private volatile Map<String, Object> properties;
    /** What its provider gave it last when it registered it. */
    private volatile Map<String, Object> registeredWith;
    /** Those that are gone, and whose users go on with this. */
    private volatile List<Forerunner> forerunners = List.of();
    /** What it had when the change began that is under way; null for one that was not there, or without a change. */
    private volatile Map<String, Object> before;

    /**
     * What services are alike in: only properties tell them apart.
     *
     * @param scope as references say it
     */
    record Kind(Bundle provider, Set<String> names, String scope, Set<Class<?>> interfaces) {
        static Kind of(Bundle provider, List<String> names, Object service, List<Class<?>> interfaces) {
            return new Kind(provider, Set.copyOf(names), scope(service), Set.copyOf(interfaces));
        }

        /** {@return the scope by the type of what is registered (OSGi Core 8, 5.3)} */
        private static String scope(Object service) {
            if (service instanceof PrototypeServiceFactory) {
                return Constants.SCOPE_PROTOTYPE;
            }
            return service instanceof ServiceFactory ? Constants.SCOPE_BUNDLE : Constants.SCOPE_SINGLETON;
        }
    }

    StableService(
            Bundle provider, List<String> names, StableClass type, Object service, Map<String, Object> properties) {
        this.kind = Kind.of(provider, names, service, type.interfaces());
        this.type = type;
        this.properties = properties;
        this.registeredWith = properties;
        this.label = names.get(0) + " of " + provider.getSymbolicName();
        Owner owner = new Owner(properties);
        if (service instanceof ServiceFactory) {
            StableFactory made = type.makeFactory(service instanceof PrototypeServiceFactory, owner, label);
            this.factory = Optional.of(made);
            this.single = Optional.empty();
            this.published = made;
        } else {
            StableObject made = new StableObject(type, label, owner, Optional.empty());
            this.factory = Optional.empty();
            this.single = Optional.of(made);
            this.published = made.proxy();
        }
    }

    /** {@return what is registered for others to find} */
    public Object published() {
        return published;
    }

    Kind kind() {
        return kind;
    }

    Bundle provider() {
        return kind.provider();
    }

    /** {@return what people call it} */
    String label() {
        return label;
    }

    StableClass type() {
        return type;
    }

    /** {@return what others find; null before it is registered} */
    public ServiceRegistration<?> registration() {
        return registration;
    }

    /** Says what others find. */
    public void registered(ServiceRegistration<?> as) {
        registration = as;
    }

    /** {@return whether the provider has not registered it again yet} */
    synchronized boolean orphaned() {
        return source == null && !claimed;
    }

    /** {@return what the provider has registered for it; empty between two} */
    public synchronized Optional<ServiceRegistration<?>> source() {
        return Optional.ofNullable(source);
    }

    /** {@return whether another registration may have it instead of the one that it has: nobody outside has called that yet} */
    boolean canBeTakenBack() {
        return single.isPresent() && !type.isToldAtRegistration() && !Lifecycle.isLed(type.interfaces());
    }

    /** {@return how much a registration looks like what it was when the change began} */
    long likeness(Map<String, Object> registered) {
        return known().entrySet().stream()
                .filter(one -> !Siblings.NUMBERS.contains(one.getKey()))
                .filter(one -> Objects.deepEquals(one.getValue(), registered.get(one.getKey())))
                .count();
    }

    /** {@return whether its provider is just about to attach something, which may take the time of an initialisation} */
    synchronized boolean isComing() {
        return claimed;
    }

    /**
     * Says that a provider is about to attach something.
     *
     * @param late how long after its start it does
     * @param unseenBy the locations of bundles that could not see it, and are to be told of it
     * @param fresh whether it comes with the change that holds calls
     */
    synchronized void claim(Duration late, Set<String> unseenBy, boolean fresh) {
        claimed = true;
        this.fresh = fresh;
        lateness = late;
        this.unseenBy = unseenBy;
    }

    /** {@return how long after its bundle had started it came last; zero for one that an activator registers} */
    Duration lateness() {
        return lateness;
    }

    /** {@return whether a bundle is to be told that it is there: the change may be at its end by then} */
    public boolean isNewTo(Bundle user) {
        return unseenBy.contains(user.getLocation()) || isGoneFor(user) || hiddenFrom.contains(user);
    }

    /** {@return whether a bundle was told that it has gone, and not yet that it is there again} */
    boolean isGoneFor(Bundle user) {
        return goneFor.contains(user);
    }

    /** Says who has been told that it has gone, and is to be told when it is there again. */
    public void goneFor(Set<Bundle> users) {
        goneFor = Set.copyOf(users);
    }

    /** Says that a bundle has looked for it, and not found it, because it was not there. */
    void hiddenFrom(Bundle user) {
        hiddenFrom.add(user);
    }

    /** Says that all have been told that it is there. */
    public void isBack() {
        goneFor = Set.of();
        hiddenFrom.clear();
    }

    /** {@return who has registered it in the provider's name; empty for the provider} */
    Optional<Bundle> registeredBy() {
        return registeredBy;
    }

    /** Says who has registered it in the provider's name. */
    public void registeredBy(Optional<Bundle> other) {
        registeredBy = other;
    }

    /** Takes back what a provider has not attached after all, or only in part. */
    void refuse() {
        synchronized (this) {
            claimed = false;
        }
        detach();
    }

    /** {@return whether one of these bundles has defined one of its types} */
    boolean hasTypeOf(Set<String> locations) {
        return typesOf().map(Bundle::getLocation).anyMatch(locations::contains);
    }

    /**
     * {@return whether it was made from a factory configuration (Compendium 8.1, 104.6) that is one of these}
     *
     * @param which says so of a factory's PID and a PID
     */
    boolean isMadeFromAny(BiPredicate<String, String> which) {
        Object factory = properties.get(FACTORY_PID);
        return factory != null
                && Texts.of(properties.get(Constants.SERVICE_PID)).stream()
                        .anyMatch(pid -> pid.startsWith(factory.toString()) && which.test(factory.toString(), pid));
    }

    /** {@return the bundles that have defined its types} */
    Stream<Bundle> typesOf() {
        return type.interfaces().stream()
                .map(Class::getClassLoader)
                .filter(BundleReference.class::isInstance)
                .map(loader -> ((BundleReference) loader).getBundle());
    }

    /** {@return its properties; their names are the same in upper and lower case} */
    public Map<String, Object> properties() {
        return properties;
    }

    /** Notes what it is like before a change. */
    void remember() {
        before = properties;
    }

    /** Forgets that. */
    void forget() {
        before = null;
        forerunners = forerunners.stream().filter(Forerunner::isKept).toList();
        objects().forEach(StableObject::forget);
    }

    /** {@return whether some are told that it goes and comes where others see it stay: they act when it is registered} */
    public boolean goesForSome() {
        return type.isToldAtRegistration();
    }

    /** {@return whether those who listen with this filter are such; null filters nothing} */
    public boolean goesFor(String filter) {
        return goesForSome() && ServiceTypes.mayAskForTold(filter);
    }

    /** {@return whether it was there when the change began} */
    boolean wasThere() {
        return before != null;
    }

    /** {@return the properties that tell which one it is: those that it had when the change began} */
    Map<String, Object> known() {
        Map<String, Object> then = before;
        return then == null ? properties : then;
    }

    /** {@return the properties that it was registered with, as it is now} */
    Map<String, Object> registeredWith() {
        return registeredWith;
    }

    /** {@return a text that is the same for the same bundle and equal properties} */
    static String key(Bundle provider, Map<String, Object> properties) {
        StringBuilder key = new StringBuilder().append(provider.getBundleId());
        properties.forEach((name, value) -> key.append('\n')
                .append(name.toLowerCase(Locale.ROOT))
                .append('=')
                .append(text(value)));
        return key.toString();
    }

    private static String text(Object value) {
        try {
            return value != null && value.getClass().isArray()
                    ? Arrays.deepToString(new Object[] {value})
                    : String.valueOf(value);
        } catch (RuntimeException e) {
            return value.getClass().getName(); // code of a bundle, which has to stop all the same
        }
    }

    /**
     * Puts what a provider has registered behind this.
     *
     * @param as what the provider holds
     * @param dictionary its properties
     */
    @SuppressWarnings("unchecked")
    public void attach(Object service, ServiceRegistration<?> as, Dictionary<String, ?> dictionary) {
        Map<String, Object> its = map(dictionary);
        registeredWith = its;
        synchronized (this) {
            source = as;
        }
        single.ifPresent(object -> object.target(service, fresh));
        factory.ifPresent(
                made -> made.attach((ServiceFactory<Object>) service, (ServiceRegistration<Object>) as, fresh));
        synchronized (this) {
            claimed = false;
        }
    }

    /** Has others see the properties of what was attached last. */
    public void show(Dictionary<String, ?> dictionary) {
        Map<String, Object> its = map(dictionary);
        if (differ(its, properties)) {
            registration.setProperties(dictionary);
            properties = its;
        }
    }

    /** {@return whether these are others, or are of code that may have been replaced} */
    public static boolean differ(Map<String, Object> one, Map<String, Object> other) {
        return !same(one, other) || !lasts(one.values()) || !lasts(other.values());
    }

    /** {@return whether a value is none of code that may be replaced: an equal one of new code has to take its place} */
    private static boolean lasts(Object value) {
        if (value != null && value.getClass().getClassLoader() != null) {
            return false; // of an array, that of what it is made for
        }
        if (value instanceof Object[] array) {
            return Arrays.stream(array).allMatch(StableService::lasts);
        }
        if (value instanceof Map<?, ?> map) {
            return lasts(map.keySet()) && lasts(map.values());
        }
        return !(value instanceof Collection<?> some) || some.stream().allMatch(StableService::lasts);
    }

    static boolean same(Map<String, Object> one, Map<String, Object> other) {
        return one.keySet().equals(other.keySet())
                && one.entrySet().stream()
                        .allMatch(entry -> Objects.deepEquals(entry.getValue(), other.get(entry.getKey())));
    }

    /** Changes the properties as the provider says. */
    public void properties(Dictionary<String, ?> its) {
        registration.setProperties(its); // refuses some
        properties = map(its);
    }

    /** {@return whether it is registered as one that hands over its state} */
    boolean offersHandover() {
        return kind.names().contains(Handover.class.getName());
    }

    /** Has a factory that offers a hand-over by name make what hands over, if nobody has asked it to. */
    void wakeHandover() {
        if (offersHandover()) {
            factory.filter(made -> made.objects().isEmpty()).ifPresent(made -> made.getService(systemBundle(), null));
        }
    }

    /** {@return what its objects have in common} */
    Owner owner() {
        return factory.map(StableFactory::owner)
                .orElseGet(() -> single.orElseThrow().owner());
    }

    /** Has a factory make what users had of the one before. */
    void renew() {
        factory.ifPresent(StableFactory::renew);
    }

    /** Takes out what the provider had registered; what others hold waits for the next. */
    void detach() {
        synchronized (this) {
            source = null;
        }
        single.ifPresent(StableObject::release);
        factory.ifPresent(StableFactory::detach);
    }

    /** Takes it from the registry: users are told, and calls of those that keep it fail from then on. */
    void end() {
        if (orphaned()) {
            endObjects(); // who says goodbye is not to wait for what does not come
        }
        if (registration != null) {
            registration.unregister();
        }
        synchronized (this) {
            source = null;
        }
        endObjects();
    }

    /**
     * {@return whether users of another one, which is about to go, can go on with this: its provider offers in this change what that
     * offered, and more, or in another scope}
     */
    boolean canFollow(Forerunner other) {
        return !wasThere()
                && !orphaned()
                && provider().equals(other.kind().provider())
                && kind.interfaces().containsAll(other.kind().interfaces())
                && owner().isCalledAs(other.owner());
    }

    /** Notes whose users go on with this. */
    void goesOnFor(List<Forerunner> others) {
        forerunners =
                Stream.concat(forerunners.stream(), others.stream()).distinct().toList();
    }

    /** {@return those that are gone, and whose users go on with this} */
    List<Forerunner> forerunners() {
        return forerunners;
    }

    /** {@return what users have, and who they are: nobody where it is the same for all} */
    Map<StableObject, List<Bundle>> users() {
        return factory.map(StableFactory::users).orElseGet(() -> Map.of(single.orElseThrow(), List.of()));
    }

    /** {@return what those get who had the same as all others} */
    Optional<StableObject> givenToAll() {
        return single.or(() -> givenTo(systemBundle()));
    }

    /** {@return what a bundle gets when it asks for this service} */
    Optional<StableObject> givenTo(Bundle user) {
        if (single.isPresent()) {
            return single;
        }
        try {
            BundleContext context = user.getBundleContext();
            ServiceReference<?> reference = registration.getReference();
            Object made = context == null
                    ? null
                    : context.getServiceObjects(reference).getService();
            return objects().stream().filter(object -> object.proxy() == made).findFirst();
        } catch (RuntimeException e) { // of code of bundles, or of a user that is just being stopped
            LOG.debug("{} is not made for {}", label, user, Causes.loggable(e));
            return Optional.empty();
        }
    }

    private Bundle systemBundle() {
        return provider().getBundleContext().getBundle(Constants.SYSTEM_BUNDLE_LOCATION);
    }

    private void endObjects() {
        single.ifPresent(StableObject::end);
        factory.ifPresent(made -> made.objects().forEach(StableObject::end));
    }

    /** {@return whether its users have given it up, because it could not be initialised: they look at a new one only} */
    boolean isGivenUp() {
        return objects().stream().anyMatch(StableObject::isGivenUp);
    }

    List<StableObject> objects() {
        return factory.map(StableFactory::objects)
                .orElseGet(() -> single.map(List::of).orElse(List.of()));
    }

    /** {@return the threads that its factory is just making it for} */
    Set<Thread> makers() {
        return factory.map(StableFactory::makers).orElse(Set.of());
    }

    boolean isMadeBy(StableFactory other) {
        return factory.filter(made -> made == other).isPresent();
    }

    void hold(Hold change) {
        single.ifPresent(object -> object.hold(change));
        factory.ifPresent(made -> made.hold(change));
    }

    /** {@return service properties as a map; empty for null} */
    static Map<String, Object> map(Dictionary<String, ?> dictionary) {
        Map<String, Object> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (dictionary != null) {
            dictionary.keys().asIterator().forEachRemaining(key -> map.put(key, dictionary.get(key)));
        }
        return map;
    }
}
