package io.mainstay.framework.boot;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.Settings;
import io.mainstay.framework.apply.Activation;
import io.mainstay.framework.apply.Applier;
import io.mainstay.framework.apply.ApplyContext;
import io.mainstay.framework.apply.ApplyException;
import io.mainstay.framework.apply.ForeignBundles;
import io.mainstay.framework.apply.HealthGate;
import io.mainstay.framework.apply.Outcome;
import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.configuration.TargetConfigurations;
import io.mainstay.framework.content.LoadedContents;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.CallLimits;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.log.BundleLog;
import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.framework.node.NodeReport.LastChange;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.framework.retention.OldCode;
import io.mainstay.framework.trace.RunningCode;
import io.mainstay.repository.StoreRepository;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import io.mainstay.store.spi.Milestone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.BundleListener;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.repository.Repository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One framework attached to a store, from its boot to its end.
 *
 * <p>Boot: while Felix is initialised ({@link #start}), the head's bundles are installed; Felix then starts them by
 * start level; {@link #settle} looks at the result, and falls back to the last proven generation if the head has never
 * worked anywhere. Then a {@link Follower} takes over what comes. All changes are made by one thread: the one that boots,
 * then the follower's. It holds no lock and no database transaction while bundles run.
 */
public final class Node implements BundleActivator, RunningNode {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Settings settings;
    private final Map<String, String> configuration;
    private final Supplier<Store> opener;
    private final StoreModuleConnector connector;
    private final DurableServices durables;
    private final LoadedContents loaded;
    private final OldCode oldCode;
    private final Set<String> own = new HashSet<>();
    private final List<TargetBundle> ownBundles;
    private final Map<String, String> frameworkProperties;

    private final LiveConfigurations configurations = new LiveConfigurations();

    private Store store;
    private BundleContext system;
    private Announcements announcements;
    private volatile Follower follower;
    private volatile GenerationRecord running;
    /** The framework is in no generation's state. */
    private volatile boolean stuck;
    /** The bundles of {@link #running}, kept so that the way on from it does not depend on what the store keeps. */
    private List<TargetBundle> current = List.of();

    private Exception bootFailure;
    private volatile String firstError;
    /** Felix tells of errors on a thread of its own; what it tells last of a start is that it has started. */
    private CountDownLatch told = new CountDownLatch(1);

    private StartWatch watch;
    /** Whether who starts the framework settles what comes of it. */
    private volatile boolean startAwaited;
    /** Takes back what Felix keeps of the system bundle from one start of the framework to the next. */
    private final Deque<Runnable> atStop = new ArrayDeque<>();

    /**
     * Makes a node.
     *
     * @param configuration the framework properties that the node was started with, ours included
     * @param opener opens the store; called at each initialisation of the framework, closed at each stop
     * @param ownBundles bundles of the node itself, such as its shell; installed where the generation has none of that
     *     name
     * @param frameworkProperties those of the generation that Felix was made with
     */
    public Node(
            Settings settings,
            Map<String, String> configuration,
            Supplier<Store> opener,
            StoreModuleConnector connector,
            DurableServices durables,
            LoadedContents loaded,
            OldCode oldCode,
            List<TargetBundle> ownBundles,
            Map<String, String> frameworkProperties) {
        this.settings = settings;
        this.configuration = Map.copyOf(configuration);
        this.opener = opener;
        this.connector = connector;
        this.durables = durables;
        this.loaded = loaded;
        this.oldCode = oldCode;
        this.ownBundles = List.copyOf(ownBundles);
        this.frameworkProperties = Map.copyOf(frameworkProperties);
        ownBundles.forEach(bundle -> own.add(bundle.location()));
    }

    /** Felix swallows what this throws, so it is kept for {@link #requireBooted}. */
    @Override
    public void start(BundleContext context) {
        system = context;
        startAwaited = false;
        bootFailure = null;
        firstError = null;
        told = new CountDownLatch(1);
        store = null;
        announcements = null;
        follower = null;
        running = null;
        stuck = false;
        current = List.of();
        try {
            store = opener.get();
            announcements = new Announcements(
                    store,
                    settings,
                    new NodeReporter(
                            system,
                            connector,
                            durables,
                            oldCode,
                            own::contains,
                            configurations,
                            !settings.follow(),
                            new BootProperties(frameworkProperties, configuration.keySet())));
            announcements.starting();
            Boot.Result booted =
                    new Boot(store, announcements, system, connector, loaded, ownBundles).install(settings.channel());
            running = booted.generation().orElse(null);
            lookAfterOldCode();
            current = running == null ? List.of() : targets(running.generation().state());
            booted.problem().ifPresent(announcements::behind);
            warnOfOtherProperties();
            atStop.push(RunningCode.begin(store, settings.channel(), loaded.defined()));
            atStop.push(BundleLog.begin(system));
            atStop.push(configurations.begin(system, state().configurations(), announcements::somethingChanged));
            listen();
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(Constants.SERVICE_DESCRIPTION, "The bundles of " + store.url());
            register(Repository.class, new StoreRepository(store), properties);
            register(RunningNode.class, this, new Hashtable<>());
        } catch (RuntimeException | BundleException e) {
            LOG.error("Cannot boot node {}", settings.node(), e);
            bootFailure = e;
        }
    }

    /** Felix reads its properties once, when it is made; a framework that is started again keeps those of its first start. */
    private void warnOfOtherProperties() {
        if (running != null) {
            Map<String, String> wanted = running.generation().state().frameworkProperties();
            Set<String> differing = new TreeSet<>(wanted.keySet());
            differing.addAll(frameworkProperties.keySet());
            differing.removeIf(name -> Objects.equals(wanted.get(name), frameworkProperties.get(name)));
            if (!differing.isEmpty()) {
                LOG.warn(
                        "Generation {} has other framework properties than this framework was made with: {}; make a new"
                                + " framework, or restart the process, to run with them",
                        running.number(),
                        differing);
            }
        }
    }

    private void listen() {
        FrameworkListener hearing = this::hear;
        BundleListener telling = event -> announcements.somethingChanged();
        SynchronousBundleListener timing = durables::heard;
        SynchronousBundleListener ending = this::endWithFramework;
        system.addFrameworkListener(hearing);
        system.addBundleListener(telling);
        system.addBundleListener(timing);
        AllServiceListener hearingServices = event -> announcements.servicesChanged();
        system.addServiceListener(hearingServices);
        system.addBundleListener(ending);
        watch = new StartWatch(settings.stepLimit());
        system.addBundleListener(watch);
        watch.begin();
        StartWatch watching = watch;
        BundleContext context = system;
        atStop.push(() -> context.removeFrameworkListener(hearing));
        atStop.push(() -> context.removeBundleListener(telling));
        atStop.push(() -> context.removeBundleListener(timing));
        atStop.push(() -> context.removeServiceListener(hearingServices));
        atStop.push(() -> context.removeBundleListener(ending));
        atStop.push(() -> context.removeBundleListener(watching));
        atStop.push(watching::end);
    }

    private <T> void register(Class<T> type, T service, Dictionary<String, Object> properties) {
        atStop.push(system.registerService(type, service, properties)::unregister);
    }

    /**
     * Remembers the first thing that goes wrong while Felix starts the bundles. A framework that starts itself again,
     * because somebody has updated the system bundle, is settled here, as nobody else does: on a thread of its own, because
     * Felix tells all other events on this one.
     */
    private void hear(FrameworkEvent event) {
        if (event.getType() == FrameworkEvent.ERROR && firstError == null) {
            firstError = label(event.getBundle()) + ": " + Causes.oneLine(event.getThrowable());
        } else if (event.getType() == FrameworkEvent.STARTED) {
            told.countDown();
        }
        if (event.getType() == FrameworkEvent.STARTED && !startAwaited) {
            Thread thread = new Thread(this::settleAlone, "mainstay-settle");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void settleAlone() {
        try {
            settle();
        } catch (RuntimeException e) {
            LOG.error("Cannot settle what came of a restart of the framework; restart this node", e);
        }
    }

    /** Says that who starts the framework will call {@link #settle}. */
    public void startIsAwaited() {
        startAwaited = true;
    }

    /**
     * Ends the follower before Felix stops the first bundle. A change that is being made is finished; one that began now
     * would fail on a framework that is going, and be blamed for it.
     */
    private void endWithFramework(BundleEvent event) {
        Follower following = follower;
        if (event.getType() == BundleEvent.STOPPING
                && event.getBundle().getBundleId() == Constants.SYSTEM_BUNDLE_ID
                && following != null) {
            following.end();
            announcements
                    .stopped(); // a bundle that hangs in its stop may hold up the end for long: nobody waits for this
            // node
        }
    }

    /** @throws BundleException if the last initialisation could not install a generation */
    public void requireBooted() throws BundleException {
        if (bootFailure != null) {
            throw new BundleException(
                    "Cannot boot node " + settings.node() + ": " + Causes.oneLine(bootFailure), bootFailure);
        }
    }

    /** Of what runs already, all is known. */
    private List<TargetBundle> targets(SystemState state) {
        Map<Digest, Content> contents = new HashMap<>();
        current.forEach(bundle -> contents.put(bundle.content().digest(), bundle.content()));
        Set<Digest> others = new HashSet<>(state.contents());
        others.removeAll(contents.keySet());
        contents.putAll(store.contents().find(others));
        return TargetState.of(state, contents);
    }

    /** Called when Felix has started: looks at what came of the boot, settles its fate, and begins to follow. */
    public void settle() {
        Milestone.BOOT_STARTED.reached();
        if (running != null) {
            raiseStartLevel();
            resolveWhatRests();
        }
        watch.end();
        if (running != null) {
            boolean active = isActive();
            Optional<String> problem = notUp().or(this::notHealthy);
            if (problem.isPresent() && active && !isActive()) {
                LOG.warn("The framework ends before generation {} is proven: {}", running.number(), problem.get());
                return;
            }
            if (problem.isEmpty()) {
                proveIfNew();
            } else if (running.state() == GenerationState.PROVEN) {
                LOG.error("Generation {} has worked before, and does not now: {}", running.number(), problem.get());
                announcements.behind(problem.get());
            } else {
                fallBack(problem.get());
            }
        }
        announcements.running(running);
        follower = new Follower(this, store, settings, announcements);
        follower.begin();
        Milestone.FOLLOWING.reached();
    }

    private boolean isActive() {
        return system.getBundle().getState() == Bundle.ACTIVE;
    }

    private void awaitErrors() {
        try {
            if (!told.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("Felix does not say that it has started");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A framework that is started again has the start level of its first start, which may be too low by now. */
    private void raiseStartLevel() {
        try {
            applier().raiseStartLevel(running.generation().state().highestStartLevel());
        } catch (BundleException e) {
            LOG.error("The start level of generation {} is not reached", running.number(), e);
        }
    }

    /** What is not started is resolved all the same, as it is by a change: others may be wired to it, or look. */
    private void resolveWhatRests() {
        List<Bundle> resting = current.stream()
                .filter(bundle -> !bundle.isStarted())
                .map(bundle -> system.getBundle(bundle.location()))
                .filter(Objects::nonNull)
                .toList();
        if (!resting.isEmpty()) {
            system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                    .adapt(FrameworkWiring.class)
                    .resolveBundles(resting);
        }
    }

    private Applier applier() {
        return new Applier(new ApplyContext(
                system,
                connector,
                configurations,
                durables,
                settings.stepLimit(),
                settings.healthLimit(),
                new CallLimits(
                        settings.callPatience(),
                        settings.drainLimit(),
                        settings.drainForced(),
                        settings.handoverLimit())));
    }

    private void proveIfNew() {
        if (running.state() == GenerationState.COMMITTED) {
            try (StoreTransaction transaction = store.begin()) {
                transaction.prove(running.number(), Optional.empty());
                transaction.commit();
            }
        }
    }

    private Optional<String> notUp() {
        for (TargetBundle bundle : current) {
            Bundle found = system.getBundle(bundle.location());
            if (bundle.isStarted() && (found == null || !Activation.isUp(found))) {
                awaitErrors();
                return Optional.of(firstError == null ? bundle.entry().label() + " did not start" : firstError);
            }
        }
        return Optional.empty();
    }

    /** What has worked before is not asked for its health: there is nothing better to run. */
    private Optional<String> notHealthy() {
        if (running.state() != GenerationState.COMMITTED) {
            return Optional.empty();
        }
        try {
            HealthGate.atBoot(system, settings.healthLimit()).pass();
            return notUp();
        } catch (ApplyException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** The head has never worked anywhere: go to the last one that has, and remember this one as failed. */
    private void fallBack(String problem) {
        GenerationRecord failed = running;
        try (StoreTransaction transaction = store.begin()) {
            transaction.fail(failed.number(), problem, Optional.empty());
            transaction.commit();
        }
        Optional<GenerationRecord> proven = Ancestors.proven(store.history(), failed);
        String reason = "generation " + failed.number() + " failed at boot: " + problem;
        LOG.error(
                "{}; {}",
                reason,
                proven.map(record -> "going back to " + record.number()).orElse("nothing to go back to"));
        announcements.behind(reason);
        if (proven.isPresent()) {
            long begin = System.nanoTime();
            boolean back = goBack(proven, true);
            long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
            tried(failed.number(), back ? LastChange.ROLLED_BACK : LastChange.BROKEN, problem, millis, Continuity.NONE);
        }
    }

    private void tried(long generation, String outcome, String cause, long millis, Continuity continuity) {
        announcements.tried(
                new LastChange(generation, outcome, cause, millis, Instant.now().toString(), continuity));
    }

    /**
     * Takes the framework to a generation, or leaves it where it is; the caller settles its fate in the store. If it is left
     * in between, the node is stuck.
     */
    Outcome change(GenerationRecord to) {
        return change(to, current, isForced(to), ForeignBundles.NONE);
    }

    /**
     * As {@link #change(GenerationRecord)}, from what really runs, where somebody has changed that past the store. Such
     * bundles may throw when they are stopped: who takes them over or away cannot force them else.
     *
     * @param foreign the bytes of what came past the store
     */
    Outcome change(GenerationRecord to, SystemState actual, ForeignBundles foreign) {
        Map<Digest, Content> contents = new HashMap<>();
        foreign.readable()
                .values()
                .forEach(bundle -> contents.put(bundle.content().digest(), bundle.content()));
        current.forEach(bundle -> contents.put(bundle.content().digest(), bundle.content()));
        return change(to, TargetState.of(actual, contents), true, foreign);
    }

    private Outcome change(GenerationRecord to, List<TargetBundle> from, boolean forced, ForeignBundles foreign) {
        Outcome outcome = take(
                Optional.of(to),
                from,
                (before, wanted) -> applier()
                        .apply(label(Optional.of(to)), before, wanted, configured(Optional.of(to)), forced, foreign));
        long millis = outcome.took().toMillis();
        if (outcome instanceof Outcome.Applied) {
            tried(to.number(), LastChange.APPLIED, null, millis, outcome.continuity());
        } else if (outcome instanceof Outcome.RolledBack back) {
            tried(to.number(), LastChange.ROLLED_BACK, back.cause(), millis, outcome.continuity());
        } else if (outcome instanceof Outcome.Broken broken) {
            tried(to.number(), LastChange.BROKEN, broken.cause(), millis, outcome.continuity());
            getStuck("the way back from generation " + to.number() + " failed: " + broken.wayBack());
        }
        return outcome;
    }

    /** Who follows takes in one step what others took in several: each of these may have been forced. */
    private boolean isForced(GenerationRecord to) {
        long from = running == null ? 0 : running.number();
        Optional<GenerationRecord> next = Optional.of(to);
        while (next.isPresent() && next.get().number() > from) {
            if (next.get().forced()) {
                return true;
            }
            next = next.get()
                    .generation()
                    .parent()
                    .map(Generation.Parent::number)
                    .flatMap(store.history()::find);
        }
        return false;
    }

    /**
     * Takes the framework back to a generation that has worked, empty for none, as far as it goes: if it does not go all the
     * way, the node is stuck.
     *
     * @param startAll whether to start all bundles of it; else what is stopped now stays so
     * @return whether it went all the way
     */
    boolean goBack(Optional<GenerationRecord> to, boolean startAll) {
        Outcome outcome =
                take(to, current, (before, wanted) -> applier().restore(label(to), wanted, configured(to), startAll));
        if (outcome instanceof Outcome.Broken broken) {
            getStuck("the way back to " + label(to) + " failed: " + broken.cause());
        }
        return outcome instanceof Outcome.Applied;
    }

    private void getStuck(String why) {
        stuck = true;
        announcements.stuck(why + "; restart this node");
    }

    /** {@return whether the framework is in no generation's state, so that no change can be made} */
    boolean isStuck() {
        return stuck;
    }

    private Outcome take(
            Optional<GenerationRecord> to,
            List<TargetBundle> from,
            BiFunction<List<TargetBundle>, List<TargetBundle>, Outcome> how) {
        SystemState wanted = stateOf(to);
        List<TargetBundle> targets = targets(wanted);
        loaded.load(store.contents(), wanted.contents());
        Milestone.CONTENTS_LOADED.reached();
        List<TargetBundle> kept = ownBundles.stream()
                .filter(bundle -> system.getBundle(bundle.location()) != null)
                .toList();
        List<TargetBundle> all = new ArrayList<>(targets);
        kept.stream()
                .filter(bundle -> targets.stream().noneMatch(bundle::hasNameOf))
                .forEach(all::add);
        List<TargetBundle> before = new ArrayList<>(from);
        before.addAll(kept);
        Outcome outcome = how.apply(before, all);
        if (outcome instanceof Outcome.Applied) {
            running = to.orElse(null);
            current = targets;
        }
        lookAfterOldCode();
        loaded.retain(connector.pins().values());
        return outcome;
    }

    /** Looks for code that was replaced, also past the store, and does not go away. */
    void lookAfterOldCode() {
        oldCode.look(number());
    }

    /**
     * Where run-time changes become generations, those that have not yet are not lost by going to another. Going to the very
     * generation that runs is meant to take them back.
     */
    private TargetConfigurations configured(Optional<GenerationRecord> to) {
        boolean back = to.map(GenerationRecord::number).equals(generation().map(GenerationRecord::number));
        Optional<Map<String, Configuration>> from =
                settings.commitsConfigurations() && !back ? Optional.of(state().configurations()) : Optional.empty();
        return new TargetConfigurations(from, stateOf(to).configurations());
    }

    LiveConfigurations configurations() {
        return configurations;
    }

    /** Takes note of a generation that describes what runs already. */
    void describedBy(GenerationRecord record) {
        running = record;
    }

    @Override
    public void stop(BundleContext context) {
        while (!atStop.isEmpty()) {
            atStop.pop().run();
        }
        if (follower != null) {
            follower.end();
        }
        if (announcements != null) {
            announcements.stopped();
        }
        if (store != null) {
            store.close();
        }
    }

    /** {@return the state that the node's generation describes} */
    SystemState state() {
        return stateOf(generation());
    }

    private static SystemState stateOf(Optional<GenerationRecord> generation) {
        return generation.map(record -> record.generation().state()).orElse(SystemState.EMPTY);
    }

    /** {@return how the framework differs from that} */
    Drift drift() {
        return Drift.of(system, connector, configurations, own::contains, state());
    }

    /** {@return the number of the generation that it runs; 0 for none} */
    long number() {
        return generation().map(GenerationRecord::number).orElse(0L);
    }

    FelixCache felixCache() {
        return new FelixCache(system);
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public Map<String, String> configuration() {
        return configuration;
    }

    @Override
    public Optional<Instant> storeAwaySince() {
        return Optional.ofNullable(follower).flatMap(Follower::awaySince);
    }

    @Override
    public Optional<GenerationRecord> generation() {
        return Optional.ofNullable(running);
    }

    private static String label(Optional<GenerationRecord> generation) {
        return "generation " + generation.map(GenerationRecord::number).orElse(0L);
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
