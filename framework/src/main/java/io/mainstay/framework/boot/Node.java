package io.mainstay.framework.boot;

import io.mainstay.framework.Settings;
import io.mainstay.framework.apply.Activation;
import io.mainstay.framework.apply.Applier;
import io.mainstay.framework.apply.Causes;
import io.mainstay.framework.apply.Outcome;
import io.mainstay.framework.content.LoadedContents;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.repository.StoreRepository;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
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

    private final Settings settings;
    private final Map<String, String> configuration;
    private final Supplier<Store> opener;
    private final StoreModuleConnector connector;
    private final LoadedContents loaded;
    private final Set<String> own = new HashSet<>();
    private final List<TargetBundle> ownBundles;

    private Store store;
    private BundleContext system;
    private Announcements announcements;
    private Follower follower;
    private volatile GenerationRecord running;
    private Exception bootFailure;
    private volatile String firstError;

    /**
     * Makes a node.
     *
     * @param configuration the framework properties that the node was started with, ours included
     * @param opener opens the store; called at each initialisation of the framework, closed at each stop
     * @param ownBundles bundles of the node itself, such as its shell; installed where the generation has none of that
     *     name
     */
    public Node(
            Settings settings,
            Map<String, String> configuration,
            Supplier<Store> opener,
            StoreModuleConnector connector,
            LoadedContents loaded,
            List<TargetBundle> ownBundles) {
        this.settings = settings;
        this.configuration = Map.copyOf(configuration);
        this.opener = opener;
        this.connector = connector;
        this.loaded = loaded;
        this.ownBundles = List.copyOf(ownBundles);
        ownBundles.forEach(bundle -> own.add(bundle.location()));
    }

    /** Felix swallows what this throws, so it is kept for {@link #requireBooted}. */
    @Override
    public void start(BundleContext context) {
        system = context;
        bootFailure = null;
        firstError = null;
        try {
            store = opener.get();
            announcements = new Announcements(store, settings, new NodeReporter(system, connector, own::contains));
            announcements.starting();
            Boot.Result booted = new Boot(store, system, connector, loaded, ownBundles).install(settings.channel());
            running = booted.generation().orElse(null);
            booted.problem().ifPresent(announcements::behind);
            system.addBundleListener(event -> announcements.somethingChanged());
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(Constants.SERVICE_DESCRIPTION, "The bundles of " + store.url());
            system.registerService(Repository.class, new StoreRepository(store), properties);
            system.registerService(RunningNode.class, this, new Hashtable<>());
        } catch (RuntimeException | BundleException e) {
            bootFailure = e;
        }
    }

    /** @throws BundleException if the last initialisation could not install a generation */
    public void requireBooted() throws BundleException {
        if (bootFailure != null) {
            throw new BundleException(
                    "Cannot boot node " + settings.node() + ": " + Causes.oneLine(bootFailure), bootFailure);
        }
    }

    private List<TargetBundle> targets(SystemState state) {
        return TargetState.of(state, store.contents().find(state.contents()));
    }

    /** {@return a listener that remembers the first thing that goes wrong while Felix starts the bundles} */
    public FrameworkListener errors() {
        return event -> {
            if (event.getType() == FrameworkEvent.ERROR && firstError == null) {
                firstError = label(event.getBundle()) + ": " + Causes.oneLine(event.getThrowable());
            }
        };
    }

    /** Called when Felix has started: looks at what came of the boot, settles its fate, and begins to follow. */
    public void settle() {
        if (running != null) {
            Optional<String> problem = notUp(running.generation().state());
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
        if (settings.follow()) {
            follower.begin();
        }
    }

    private void proveIfNew() {
        if (running.state() == GenerationState.COMMITTED) {
            try (StoreTransaction transaction = store.begin()) {
                transaction.prove(running.number(), Optional.empty());
                transaction.commit();
            }
        }
    }

    private Optional<String> notUp(SystemState state) {
        for (TargetBundle bundle : targets(state)) {
            Bundle found = system.getBundle(bundle.location());
            if (!bundle.isFragment() && (found == null || !Activation.isUp(found))) {
                return Optional.of(firstError == null ? bundle.entry().label() + " did not start" : firstError);
            }
        }
        return Optional.empty();
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
            Outcome outcome = change(proven.get());
            if (!(outcome instanceof Outcome.Applied)) {
                LOG.error("Generation {} does not start either", proven.get().number());
            }
        }
    }

    /** Takes the framework to a generation, or leaves it where it is; the caller settles its fate in the store. */
    Outcome change(GenerationRecord to) {
        SystemState from =
                running == null ? SystemState.EMPTY : running.generation().state();
        SystemState wanted = to.generation().state();
        List<TargetBundle> targets = targets(wanted);
        loaded.load(store.contents(), wanted.contents());
        List<TargetBundle> kept = ownBundles.stream()
                .filter(bundle -> system.getBundle(bundle.location()) != null)
                .toList();
        List<TargetBundle> all = new ArrayList<>(targets);
        kept.stream()
                .filter(bundle -> targets.stream().noneMatch(bundle::hasNameOf))
                .forEach(all::add);
        List<TargetBundle> before = new ArrayList<>(targets(from));
        before.addAll(kept);
        Outcome outcome = new Applier(system, connector, settings.stepLimit()).apply(before, all);
        if (outcome instanceof Outcome.Applied) {
            running = to;
        }
        loaded.retain(connector.pins().values());
        return outcome;
    }

    @Override
    public void stop(BundleContext context) {
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
    public Optional<GenerationRecord> generation() {
        return Optional.ofNullable(running);
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
