package io.mainstay.framework.durable;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleReference;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the services of a framework that can be stable, and keeps them while their bundles are reset. Thread-safe; guarded by
 * this, but for what is called of others.
 */
public final class DurableServices {
    /** The service property by which a bundle says that a service is not to be durable. */
    public static final String DURABLE = "mainstay.durable";

    /** So often a class is made for services that come and go outside of changes; what comes oftener finds it still there. */
    private static final int RARE = 10;

    private static final Logger LOG = LoggerFactory.getLogger(DurableServices.class);

    private final Predicate<Bundle> ofTheStore;
    private final StableClassWriter.Callers callers = callers();
    private final Map<Bundle, Map<List<Class<?>>, StableClass>> classes = new HashMap<>();
    /** How often they were made since a bundle has started. */
    private final Map<Bundle, Map<List<Class<?>>, Integer>> makings = new HashMap<>();

    private final Set<StableService> services = new LinkedHashSet<>();
    private final Map<String, Map<String, String>> passing = new ConcurrentHashMap<>();
    /** The bundles that are being reset, and come back. */
    private Set<String> resetting = Set.of();
    /** All that are wired anew: types that they export will be others afterwards. */
    private Set<String> wiredAnew = Set.of();

    private Set<String> starting = Set.of();
    /** Who has registered something in a bundle's name because of a service of that bundle, and would not hear that it has gone. */
    private final Map<Bundle, Set<Bundle>> derivers = new HashMap<>();

    /** Types of services that some have asked for in the name of their providers: these are not known to use them. */
    private final Set<String> askedInNameOfProvider = ConcurrentHashMap.newKeySet();

    private final ChangedProperties changed = new ChangedProperties();
    /** Whether some see a service of this change go and come that others see stay. */
    private boolean goneForSome;
    /** When each bundle has started. */
    private final Map<Bundle, Long> startedNanos = Collections.synchronizedMap(new WeakHashMap<>());
    /** What waits for its provider in this half of a change. */
    private Orphans waiting = new Orphans(services, false);

    private final Bystanders bystanders = new Bystanders();
    /** The change that is under way; null when none is. */
    private Hold hold;

    /** @param ofTheStore says whose services are kept */
    public DurableServices(Predicate<Bundle> ofTheStore) {
        this.ofTheStore = ofTheStore;
    }

    private static StableClassWriter.Callers callers() {
        if (!System.getProperty("java.vm.name", "").contains("HotSpot")
                && !System.getProperty("java.vm.name", "").contains("OpenJDK")) {
            return StableClassWriter.Callers.COUNTED;
        }
        return Runtime.version().feature() >= 21
                ? StableClassWriter.Callers.VIRTUAL_COUNTED
                : StableClassWriter.Callers.SEEN;
    }

    /**
     * Finds what others see of a service that a bundle registers: the one that waits for it, or a new one. Empty if the
     * service passes through as it is.
     */
    public Optional<StableService> keep(
            Bundle provider, String[] names, Object service, Dictionary<String, ?> properties) {
        if (!ofTheStore.test(provider)) {
            return Optional.empty();
        }
        Map<String, Object> map = StableService.map(properties);
        ServiceTypes types = ServiceTypes.of(provider, List.of(names), service, map);
        if (types.passing().isPresent()) {
            passes(provider, names[0], types.passing().get());
            return Optional.empty();
        }
        List<Class<?>> interfaces = types.interfaces();
        try {
            interfaces.forEach(Class::getMethods); // loads classes, which may start bundles: nothing to hold a lock for
            return Optional.of(keep(provider, List.of(names), service, map, interfaces));
        } catch (ReflectiveOperationException | LinkageError e) {
            passes(provider, names[0], "its types cannot be implemented by others: " + e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized StableService keep(
            Bundle provider,
            List<String> names,
            Object service,
            Map<String, Object> properties,
            List<Class<?>> interfaces)
            throws ReflectiveOperationException {
        StableService.Kind kind = StableService.Kind.of(provider, names, service, interfaces);
        Optional<StableService> known = resetting.isEmpty() ? Optional.empty() : waiting.goingOnWith(kind, properties);
        if (known.isPresent()) {
            known.get().claim(sinceStart(provider), starting, isNewCode(provider));
            return known.get();
        }
        return make(provider, names, classOf(provider, interfaces), service, properties);
    }

    private StableService make(
            Bundle provider, List<String> names, StableClass type, Object service, Map<String, Object> properties) {
        StableService made = new StableService(provider, names, type, service, properties);
        made.claim(sinceStart(provider), Set.of(), isNewCode(provider));
        services.add(made);
        waiting.made(made);
        if (hold != null && isOfChange(provider)) {
            hold.join(made); // of old code that is about to end, or of new code that may have to go back
        }
        return made;
    }

    /**
     * Takes a service back from a registration that had it for want of one that looks more like it.
     *
     * @param names the types of that registration
     * @param registered the object of it
     * @return a new service for it
     */
    public StableService takeBack(StableService from, String[] names, Object registered) {
        StableService made;
        synchronized (this) {
            made = make(from.provider(), List.of(names), from.type(), registered, from.properties());
        }
        from.detach();
        return made;
    }

    private void remove(StableService gone) {
        services.remove(gone);
        waiting.gone(gone);
    }

    /** {@return how long ago a bundle has started; zero if it has not yet} */
    private Duration sinceStart(Bundle provider) {
        Long began = startedNanos.get(provider);
        return began == null || provider.getState() != Bundle.ACTIVE
                ? Duration.ZERO
                : Duration.ofNanos(System.nanoTime() - began);
    }

    /** Takes note of when bundles start and stop; to be called at each event, synchronously. */
    public void heard(BundleEvent event) {
        if (event.getType() == BundleEvent.STARTING) {
            synchronized (this) {
                if (hold != null) {
                    hold.starts(event.getBundle().getLocation());
                }
            }
        } else if (event.getType() == BundleEvent.STARTED) {
            startedNanos.put(event.getBundle(), System.nanoTime());
        } else if (event.getType() == BundleEvent.STOPPED) {
            startedNanos.remove(event.getBundle()); // who hears of the next start before us registers at once, not late
            synchronized (this) {
                forgetStopped(event.getBundle());
            }
        }
    }

    /** Keeps nothing of a bundle that has stopped, nor of types that it has defined. */
    private void forgetStopped(Bundle stopped) {
        makings.remove(stopped);
        derivers.remove(stopped);
        derivers.values().forEach(some -> some.remove(stopped));
        Predicate<List<Class<?>>> its = types -> types.stream()
                .map(Class::getClassLoader)
                .anyMatch(loader -> loader instanceof BundleReference bundle && bundle.getBundle() == stopped);
        makings.values().forEach(made -> made.keySet().removeIf(its));
        forgetUnused();
    }

    /**
     * {@return whether one of those that wait for their providers may still come: it is on its way, or came as late the last time} Twice
     * that, and a moment, is given to each, from the start of its bundle.
     *
     * @param moment what each is given anyhow
     * @param limit whoever came later than that the last time does not come because its bundle starts
     * @param deleted says of a factory's PID and a PID whether that configuration has been deleted
     */
    boolean mayCome(Duration moment, Duration limit, BiPredicate<String, String> deleted) {
        return isComing()
                || awaited(deleted).anyMatch(service -> {
                    Duration late = service.lateness();
                    return !late.isZero()
                            && late.compareTo(limit) < 0
                            && sinceStart(service.provider())
                                            .compareTo(late.multipliedBy(2).plus(moment))
                                    < 0
                            && service.provider().getState() == Bundle.ACTIVE;
                });
    }

    /** {@return whether others are told later of properties of a service that change now: in the midst of a change they are not} */
    public synchronized boolean tellsLater(StableService service) {
        return hold != null && back(service.provider());
    }

    /**
     * Has others told at the end of the change that properties are others than they were. To be followed by {@link #tellIfOver}.
     *
     * @param telling tells them, if the properties are not again as they were told
     */
    public void tellLater(StableService service, Runnable telling) {
        changed.add(service, telling);
    }

    /** Tells others at once, if the change has ended meanwhile. */
    public void tellIfOver(StableService service) {
        if (!tellsLater(service)) {
            changed.tell(List.of(service));
        }
    }

    /** Tells others of properties that are others than they were told last. */
    void tellChanged() {
        changed.tell(all());
    }

    private boolean isNewCode(Bundle provider) {
        return hold != null && hold.isNewCode(provider.getLocation());
    }

    /** {@return whether a bundle is neither reset nor started by the change} */
    public synchronized boolean isOutsideChange(Bundle user) {
        return !isOfChange(user);
    }

    private boolean isOfChange(Bundle provider) {
        return back(provider) || starting.contains(provider.getLocation());
    }

    private boolean back(Bundle provider) {
        return resetting.contains(provider.getLocation());
    }

    /** Says that a bundle has registered something in the name of another one, because of a service that this one has registered. */
    public synchronized void derived(Bundle provider, Bundle by) {
        derivers.computeIfAbsent(provider, key -> new HashSet<>()).add(by);
    }

    /**
     * {@return the bundles that are to see a service go and come where others see it stay: what they have registered in its provider's
     * name goes with that, and they would not know}
     */
    public synchronized Set<Bundle> derivers(StableService service) {
        Set<Bundle> some = derivers.getOrDefault(service.provider(), Set.of());
        if (some.isEmpty()) {
            return Set.of();
        }
        return reference(service)
                .map(ServiceReference::getUsingBundles)
                .map(Arrays::stream)
                .orElse(Stream.empty())
                .filter(user -> some.contains(user) && isOutsideChange(user))
                .collect(Collectors.toSet());
    }

    /**
     * Says that a bundle has asked for a service in the name of its provider, as whiteboards do that act for it, and drop what they have of it
     * when it stops. Who does the same for what he has registered himself is a container of its components, and begins anew with it.
     */
    public void asked(ServiceReference<?> reference, Bundle by) {
        all().stream()
                .filter(service ->
                        reference(service).filter(its -> its == reference).isPresent())
                .filter(service -> service.registeredBy().filter(by::equals).isEmpty())
                .forEach(service -> askedInNameOfProvider.addAll(service.kind().names()));
    }

    /** {@return whether those who listen for a service are told that it goes and comes, though they are not known to use it} */
    public boolean goesForListeners(StableService service) {
        return service.kind().names().stream().anyMatch(askedInNameOfProvider::contains);
    }

    /** Says that these have been told that a service has gone, which others see stay. */
    public void goneFor(StableService service, Set<Bundle> told) {
        service.goneFor(told);
        synchronized (this) {
            goneForSome = true;
        }
    }

    /** {@return whether a service that its provider takes back now comes again, for all that is known} */
    public synchronized boolean isKept(StableService service) {
        return back(service.provider())
                && services.contains(service)
                && !service.hasTypeOf(wiredAnew)
                && !service.isGivenUp();
    }

    /** Takes back a service that the framework did not register after all. */
    public void refused(StableService service) {
        service.refuse();
        boolean neverSeen = service.registration() == null;
        if (neverSeen) {
            synchronized (this) {
                remove(service);
            }
            service.end();
        }
    }

    private StableClass classOf(Bundle provider, List<Class<?>> interfaces) throws ReflectiveOperationException {
        Map<List<Class<?>>, StableClass> known = classes.computeIfAbsent(provider, key -> new HashMap<>());
        StableClass type = known.get(interfaces);
        if (type == null) {
            type = StableClass.of(provider, interfaces, callers);
            known.put(interfaces, type);
            makings.computeIfAbsent(provider, key -> new HashMap<>()).merge(interfaces, 1, Integer::sum);
        }
        return type;
    }

    private void passes(Bundle provider, String name, String reason) {
        passing.computeIfAbsent(provider.getLocation(), key -> new ConcurrentHashMap<>())
                .put(name, reason);
    }

    /** {@return the services of a bundle that are not durable, with the reason} */
    public Map<String, String> passing(String location) {
        return new TreeMap<>(passing.getOrDefault(location, Map.of()));
    }

    /**
     * Called when a provider takes a service back: it is kept if the provider is being reset, and gone otherwise. It is gone,
     * too, if a bundle that exports one of its types is reset: new code, which sees the new type, must not find the old.
     *
     * @param as what the provider held
     */
    public void takenBack(StableService service, ServiceRegistration<?> as) {
        boolean kept;
        synchronized (this) {
            kept = isKept(service);
            if (kept && hold != null) {
                hold.join(service);
            } else if (!kept) {
                remove(service);
            }
            if (kept) {
                waiting.add(service);
            }
        }
        if (kept) {
            service.detach();
        } else {
            end(service);
            forgetUnused();
        }
    }

    private synchronized void forgetUnused() {
        classes.forEach((provider, known) -> known.entrySet()
                .removeIf(one -> one.getValue().unused()
                        && makings.getOrDefault(provider, Map.of()).getOrDefault(one.getKey(), 0) < RARE));
        classes.values().removeIf(Map::isEmpty);
    }

    /**
     * Begins a reset: holds all calls to services of these bundles.
     *
     * @param by what the change leads to, for people
     * @param waits gets what is waited for
     * @param guard runs what saves and restores state
     * @param forced whether state that cannot be saved is left behind
     */
    public Reset reset(String by, Affected affected, CallLimits limits, Waits waits, Guard guard, boolean forced) {
        synchronized (this) {
            expect(affected, false);
            services.forEach(StableService::remember);
        }
        return new Reset(this, by, affected, limits, waits, new Handovers(guard, forced));
    }

    /** Begins the way back: what these bundles have now is stopped, and what they had comes again. */
    synchronized void again(Affected affected) {
        expect(affected.goingBack(), true);
        orphans().forEach(waiting::add);
    }

    private void expect(Affected affected, boolean goingBack) {
        resetting = affected.back();
        wiredAnew = affected.wiredAnew();
        starting = affected.started();
        waiting = new Orphans(services, goingBack);
    }

    /** Holds calls to the services of these bundles, with those that they register until all is drained. */
    void begin(Hold change, Set<String> locations) {
        synchronized (this) {
            hold = change;
            hold.stops(locations);
            hold.begin(of(locations));
            passing.keySet().removeAll(locations); // what is started says it again
        }
    }

    /**
     * {@return the services that a bundle is not to see before their providers are there} Those that are started by a change see none, as
     * without us: they would call what cannot answer before it has started. Nor does any bundle on a thread of the change's own, which cannot
     * wait for them; it is told when they are there. The framework itself sees what there is.
     */
    public Set<ServiceReference<?>> hiddenFrom(Bundle user) {
        boolean carried = Hold.carriesAny() && user.getBundleId() != Constants.SYSTEM_BUNDLE_ID;
        boolean all;
        List<StableService> some;
        synchronized (this) {
            all = carried || starting.contains(user.getLocation());
            some = hold != null && (all || goneForSome) ? List.copyOf(services) : List.of();
        }
        List<StableService> hidden = some.stream()
                .filter(service -> service.isGoneFor(user) || all && service.orphaned())
                .toList();
        if (carried) {
            hidden.forEach(service -> service.hiddenFrom(user));
        }
        return hidden.stream()
                .map(DurableServices::reference)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
    }

    private synchronized List<StableService> all() {
        return List.copyOf(services);
    }

    private static Optional<ServiceReference<?>> reference(StableService service) {
        try {
            return Optional.ofNullable(service.registration()).map(ServiceRegistration::getReference);
        } catch (IllegalStateException e) {
            return Optional.empty(); // it has just gone
        }
    }

    /** {@return the numbers of the bundles that the interfaces of each service are of, by what others find} */
    public Map<ServiceReference<?>, List<Long>> typesOf() {
        Map<ServiceReference<?>, List<Long>> typesOf = new HashMap<>();
        for (StableService service : all()) {
            reference(service)
                    .ifPresent(reference -> typesOf.put(
                            reference,
                            service.typesOf()
                                    .map(Bundle::getBundleId)
                                    .distinct()
                                    .sorted()
                                    .toList()));
        }
        return typesOf;
    }

    /** {@return what the provider of a service has registered itself, where others have a stable object} */
    public Object own(ServiceReference<?> reference, Object stable) {
        return all().stream()
                .filter(service ->
                        reference(service).filter(its -> its == reference).isPresent())
                .flatMap(service -> service.objects().stream())
                .filter(object -> object.proxy() == stable)
                .map(StableObject::target)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(stable);
    }

    /** {@return the services that wait for their providers} */
    synchronized List<StableService> orphans() {
        return services.stream().filter(StableService::orphaned).toList();
    }

    /** {@return those of them that may come: what is made from a configuration, as components are, does not without it} */
    private Stream<StableService> awaited(BiPredicate<String, String> deleted) {
        return orphans().stream().filter(service -> !service.isMadeFromAny(deleted));
    }

    /**
     * {@return whether one waits for its provider whose place nothing else has taken that was there at once}
     *
     * @param deleted says of a factory's PID and a PID whether that configuration has been deleted
     */
    synchronized boolean isMissingAny(BiPredicate<String, String> deleted) {
        List<StableService> missing = awaited(deleted).toList();
        if (missing.isEmpty()) {
            return false;
        }
        Heirs heirs = heirs(missing);
        return missing.stream().anyMatch(one -> !one.lateness().isZero() || !heirs.follow(one));
    }

    private Heirs heirs(List<StableService> gone) {
        return Heirs.find(gone, services.stream().filter(one -> !one.wasThere()).toList());
    }

    /** {@return whether a bundle of the change is about to attach something: it is there when calls can reach it} */
    synchronized boolean isComing() {
        return services.stream().anyMatch(service -> service.isComing() && isOfChange(service.provider()));
    }

    /** {@return whether one of these bundles has a service that stays} */
    boolean hasAny(Set<String> locations) {
        return !of(locations).isEmpty();
    }

    Bystanders bystanders() {
        return bystanders;
    }

    synchronized List<StableService> of(Set<String> locations) {
        return services.stream()
                .filter(service -> locations.contains(service.provider().getLocation()))
                .toList();
    }

    /** Says that bundles were wired anew, also where that was not planned: services with types of theirs are gone. */
    public void wiredAnew(Set<String> locations) {
        List<StableService> gone;
        synchronized (this) {
            Set<String> all = new HashSet<>(wiredAnew);
            all.addAll(locations);
            wiredAnew = Set.copyOf(all);
            gone = orphans().stream()
                    .filter(service -> service.hasTypeOf(locations))
                    .toList();
            gone.forEach(this::remove);
        }
        gone.forEach(this::end);
    }

    /** Forgets what there was before a reset: there is no way back from here. */
    synchronized void forget() {
        services.forEach(StableService::forget);
    }

    /** Ends a half of a reset: what has not come back is gone. */
    void settle() {
        List<StableService> gone;
        Heirs heirs;
        synchronized (this) {
            gone = orphans();
            gone.forEach(this::remove);
            heirs = heirs(gone);
            resetting = Set.of();
            wiredAnew = Set.of();
            starting = Set.of();
            goneForSome = false;
            waiting = new Orphans(services, false);
            hold = null;
        }
        heirs.takeOver();
        gone.forEach(this::end);
        forgetUnused();
    }

    private void end(StableService service) {
        changed.tell(List.of(service)); // who filters by what it was hears no more of it
        try {
            service.end();
        } catch (IllegalStateException e) {
            LOG.debug("The framework has ended before a service", e);
        }
        synchronized (this) {
            if (hold != null) {
                hold.part(service);
            }
        }
    }
}
