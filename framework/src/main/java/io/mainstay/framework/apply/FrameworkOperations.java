package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.configuration.TargetConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.Guard;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Step;
import io.mainstay.store.Digest;
import io.mainstay.store.spi.Milestone;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.felix.framework.StoreFelix;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does steps on a framework. Not thread-safe; one change at a time. Holds no lock while bundles run. */
final class FrameworkOperations implements Step.Operations {
    private static final Logger LOG = LoggerFactory.getLogger(FrameworkOperations.class);

    private final BundleContext system;
    private final StoreModuleConnector connector;
    private final LiveConfigurations configurations;
    private final ForeignBundles foreign;
    private final Watchdog watchdog;
    /** Told what was wired anew: its types are others now. */
    private final Consumer<Set<String>> wiredAnew;
    /** Bundles that are uninstalled but still wired: a refresh has to name them. */
    private final Map<String, Bundle> uninstalled = new HashMap<>();
    /** Locations of bundles that Felix keeps locked because code of theirs hangs: who waits for one waits for ever. */
    private final Set<String> hanging = new HashSet<>();
    /** Locations of what was removed, updated or wired anew. */
    private final Set<String> disturbed = new HashSet<>();
    /** Locations of what is updated under its users, who are not to be wired anew because of it. */
    private Set<String> swapped = Set.of();
    /** Bundles that no plan knows, and that were stopped because they are wired to what is reset. */
    private final List<Bundle> stoppedBesides = new ArrayList<>();
    /** Whether a bundle may throw when it is stopped: it is stopped all the same. */
    private boolean stopsMayThrow;

    private boolean goingBack;

    FrameworkOperations(
            BundleContext system,
            StoreModuleConnector connector,
            LiveConfigurations configurations,
            ForeignBundles foreign,
            Watchdog watchdog,
            Consumer<Set<String>> wiredAnew) {
        this.system = system;
        this.connector = connector;
        this.configurations = configurations;
        this.foreign = foreign;
        this.watchdog = watchdog;
        this.wiredAnew = wiredAnew;
    }

    @Override
    public void stop(String location) throws BundleException {
        stop(location, Bundle.STOP_TRANSIENT);
    }

    @Override
    public void deactivate(String location) throws BundleException {
        stop(location, 0);
    }

    private void stop(String location, int options) throws BundleException {
        stop(require(location), options);
    }

    private void stop(Bundle bundle, int options) throws BundleException {
        if (endSelfStopped(bundle)) {
            return;
        }
        try {
            run(bundle.getLocation(), "stop " + label(bundle), () -> bundle.stop(options));
        } catch (ApplyException e) {
            boolean ended = e.getCause() instanceof BundleException || stopsMayThrow && !e.hanging();
            if (!ended || bundle.getState() != Bundle.RESOLVED) {
                throw e;
            }
            if (!stopsMayThrow) {
                throw new ApplyException(e.getMessage() + "; with --force it is replaced all the same", e.getCause());
            }
            LOG.warn("{} is stopped, and said: {}", label(bundle), e.getMessage(), e);
        }
        Milestone.BUNDLE_STOPPED.reached();
    }

    /** Says that what follows is the way back: foreign bundles come past the store again. */
    void goBack() {
        goingBack = true;
        stopsMayThrow = true;
    }

    /** Puts up with bundles that throw when they are stopped, from now on. */
    void tolerateStops() {
        stopsMayThrow = true;
    }

    /**
     * Stops the active bundles that a plan does not know, and that are wired to what it resets: Felix would do so with its
     * global lock in hand, where one that hangs holds up everything.
     */
    void stopUsersOf(Plan plan) throws BundleException {
        Set<String> planned = new HashSet<>();
        List<Bundle> reset = new ArrayList<>();
        for (ResetMember member : plan.reset()) {
            planned.add(member.location());
            if (!member.way().swapped()) {
                Optional.ofNullable(system.getBundle(member.location())).ifPresent(reset::add);
            }
        }
        stopBesides(reset, planned);
    }

    private void stopBesides(Collection<Bundle> reset, Set<String> planned) throws BundleException {
        List<Bundle> closure = new ArrayList<>(wiring().getDependencyClosure(reset));
        closure.sort(Comparator.comparingLong(Bundle::getBundleId).reversed());
        for (Bundle bundle : closure) {
            boolean besides =
                    !planned.contains(bundle.getLocation()) && bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID;
            if (besides && Activation.isUp(bundle)) {
                stoppedBesides.add(bundle);
                stop(bundle, Bundle.STOP_TRANSIENT);
            }
        }
    }

    /** Starts what {@link #stopUsersOf} stopped. It is not of the generation, so it cannot fail the change. */
    void startBesides() {
        List<Bundle> providersFirst = new ArrayList<>(stoppedBesides);
        Collections.reverse(providersFirst);
        for (Bundle bundle : providersFirst) {
            if (bundle.getState() == Bundle.UNINSTALLED || Activation.isUp(bundle)) {
                continue;
            }
            try {
                boolean lazy = bundle.adapt(BundleStartLevel.class).isActivationPolicyUsed();
                start(bundle, Bundle.START_TRANSIENT | (lazy ? Bundle.START_ACTIVATION_POLICY : 0));
            } catch (BundleException e) {
                LOG.warn("{}, which is not of the store, does not start again after a change", label(bundle), e);
            }
        }
    }

    /**
     * Starts what should be active, and was not before: it failed, or waited for what is there now. What somebody has
     * stopped stays so, and what fails again is no worse than it was.
     */
    void startAgain(Collection<String> locations) {
        for (String location : locations) {
            Bundle bundle = system.getBundle(location);
            boolean due = bundle != null
                    && !Activation.isUp(bundle)
                    && bundle.adapt(BundleStartLevel.class).isPersistentlyStarted();
            if (due) {
                try {
                    start(location);
                } catch (BundleException e) {
                    Causes.log(LOG, label(bundle) + " was not active before the change, and is not after it", e);
                }
            }
        }
    }

    /** Makes the configurations what is wanted; what listens to them may hang, as everything of a bundle may. */
    void configure(TargetConfigurations wanted) throws ApplyException {
        if (!configurations.are(wanted)) {
            watchdog.runOwn("set configurations", () -> configurations.change(wanted));
        }
    }

    /** Makes the configurations what they were. */
    void restore(LiveConfigurations.Snapshot known) throws ApplyException {
        watchdog.runOwn("set configurations back", () -> configurations.restore(known));
    }

    /** Starts a bundle that waits for its first class: users hold services of it already. */
    void startWaiting(String location) throws BundleException {
        Bundle bundle = system.getBundle(location);
        if (bundle != null && bundle.getState() == Bundle.STARTING) {
            start(bundle, Bundle.START_TRANSIENT);
        }
    }

    /** Makes a bundle what it was, as far as its start level and its state go. */
    void restore(Bundle bundle, Snapshot.Known known) throws BundleException {
        BundleStartLevel level = bundle.adapt(BundleStartLevel.class);
        if (level.getStartLevel() != known.startLevel()) {
            level.setStartLevel(known.startLevel());
        }
        if (known.state() == Bundle.RESOLVED && bundle.getState() == Bundle.INSTALLED) {
            watchdog.runOwn("resolve " + label(bundle), () -> wiring().resolveBundles(List.of(bundle)));
        }
        if (known.wasToRest() && Activation.isUp(bundle)) {
            stop(bundle, 0);
        } else if (known.wasUp() && (!Activation.isUp(bundle) || activeInsteadOfWaiting(bundle, known))) {
            start(bundle, known.options());
        }
    }

    private static boolean activeInsteadOfWaiting(Bundle bundle, Snapshot.Known known) {
        return known.state() == Bundle.ACTIVE && bundle.getState() == Bundle.STARTING;
    }

    /** Takes away a bundle that did not come from the store. */
    void uninstallForeign(Bundle bundle) throws BundleException {
        if (bundle.getState() != Bundle.UNINSTALLED) {
            run(bundle.getLocation(), "uninstall " + label(bundle), bundle::uninstall);
            uninstalled.put(bundle.getLocation(), bundle);
        }
    }

    /** Says that a bundle has to be wired anew on the way back. */
    void disturb(String location) {
        disturbed.add(location);
    }

    /** {@return the locations of what was removed, updated or wired anew so far} */
    Set<String> disturbed() {
        return Set.copyOf(disturbed);
    }

    private void run(String location, String what, Guard.Action action) throws ApplyException {
        if (hanging.contains(location)) {
            throw new ApplyException("Cannot " + what + ": it still hangs", null, true);
        }
        try {
            watchdog.runFor(location, what, action);
        } catch (ApplyException e) {
            if (e.hanging()) {
                hanging.add(location);
            }
            throw e;
        }
    }

    @Override
    public void uninstall(String location) throws BundleException {
        Bundle bundle = require(location);
        disturbed.add(location);
        run(location, "uninstall " + label(bundle), bundle::uninstall);
        uninstalled.put(location, bundle);
        connector.unpin(location);
        Milestone.BUNDLE_UNINSTALLED.reached();
    }

    /** Says which plan's steps come next. */
    void begin(Plan plan) {
        swapped = plan.reset().stream()
                .filter(member -> member.way().swapped())
                .map(ResetMember::location)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void update(String location, Digest content) throws BundleException {
        Bundle bundle = require(location);
        if (!swapped.contains(location)) {
            disturbed.add(location);
        }
        if (goingBack && foreign.has(location, content)) {
            run(location, "update " + label(bundle), () -> withBytes(location, bundle::update));
        } else {
            connector.pin(location, content);
            run(location, "update " + label(bundle), bundle::update);
        }
        Milestone.BUNDLE_UPDATED.reached();
    }

    /** Does something with bytes that come past the store, as they did before. */
    @FunctionalInterface
    private interface Taker {
        void take(InputStream bytes) throws BundleException;
    }

    private void withBytes(String location, Taker taker) throws BundleException {
        try (InputStream bytes = foreign.open(location)) {
            taker.take(bytes);
        } catch (IOException e) {
            throw new BundleException("its bytes cannot be read again", e);
        }
    }

    @Override
    public void install(String location, Digest content, int startLevel) throws BundleException {
        if (goingBack && foreign.has(location, content)) {
            watchdog.runFor(
                    location,
                    "install " + location,
                    () -> withBytes(location, bytes -> installBytes(location, bytes, startLevel)));
            return;
        }
        connector.pin(location, content);
        try {
            watchdog.runFor(location, "install " + location, () -> installBytes(location, null, startLevel));
        } catch (ApplyException e) {
            connector.unpin(location);
            throw e;
        }
        Milestone.BUNDLE_INSTALLED.reached();
    }

    /** @param bytes null for the store's */
    private void installBytes(String location, InputStream bytes, int startLevel) throws BundleException {
        Bundle bundle = system.installBundle(location, bytes);
        bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel);
    }

    @Override
    public void setStartLevel(String location, int startLevel) throws BundleException {
        require(location).adapt(BundleStartLevel.class).setStartLevel(startLevel);
    }

    @Override
    public void refresh(List<String> locations) throws BundleException {
        List<Bundle> bundles = new ArrayList<>();
        for (String location : locations) {
            Bundle bundle = system.getBundle(location);
            if (bundle != null && !hanging.contains(location)) {
                bundles.add(bundle);
            }
            if (uninstalled.containsKey(location)) {
                bundles.add(uninstalled.remove(location));
            }
        }
        requireNothingHangsAmong(bundles);
        stopBesides(bundles, Set.copyOf(locations));
        disturbed.addAll(locations);
        bundles.removeIf(FrameworkOperations::isUnwired);
        if (!bundles.isEmpty()) {
            refresh(bundles);
        }
        wiredAnew.accept(Set.copyOf(locations));
        Milestone.BUNDLES_REFRESHED.reached();
    }

    /** {@return whether there is nothing to refresh: Felix has done so in an update of what nobody used} */
    private static boolean isUnwired(Bundle bundle) {
        return bundle.getState() == Bundle.INSTALLED
                && bundle.adapt(BundleRevisions.class).getRevisions().size() == 1;
    }

    private void refresh(Collection<Bundle> bundles) throws ApplyException {
        CountDownLatch refreshed = new CountDownLatch(1);
        FrameworkListener listener = event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        };
        watchdog.runOwn("wire " + bundles.size() + " bundles anew", () -> {
            wiring().refreshBundles(bundles, listener);
            try {
                refreshed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BundleException("interrupted", e);
            }
        });
    }

    /** Felix would wait for it with its global lock in hand, and nothing could be done with any bundle any more. */
    private void requireNothingHangsAmong(Collection<Bundle> bundles) throws ApplyException {
        if (hanging.isEmpty()) {
            return;
        }
        for (Bundle bundle : wiring().getDependencyClosure(bundles)) {
            if (hanging.contains(bundle.getLocation())) {
                throw new ApplyException(
                        "Cannot wire " + bundles.size() + " bundles anew: " + label(bundle)
                                + ", which is wired to one of them, still hangs",
                        null);
            }
        }
    }

    @Override
    public void resolve(List<String> locations) throws BundleException {
        Collection<Bundle> bundles = new ArrayList<>();
        for (String location : locations) {
            bundles.add(require(location));
        }
        watchdog.runOwn("resolve " + bundles.size() + " bundles", () -> resolveAll(bundles));
        List<String> problems = ResolveProblems.of(system, bundles);
        if (!problems.isEmpty()) {
            for (Bundle bundle : bundles) {
                if (bundle.getState() == Bundle.INSTALLED && swapped.contains(bundle.getLocation())) {
                    throw new NotSwappedException(bundle.getLocation(), problems.get(0));
                }
            }
            throw ApplyException.of(problems);
        }
        Milestone.BUNDLES_RESOLVED.reached();
    }

    /** Felix tries all together, and leaves out more than it has to where some cannot be: those are asked for one by one. */
    private void resolveAll(Collection<Bundle> bundles) {
        if (!wiring().resolveBundles(bundles)) {
            for (Bundle bundle : bundles) {
                if (bundle.getState() == Bundle.INSTALLED) {
                    wiring().resolveBundles(List.of(bundle));
                }
            }
        }
    }

    @Override
    public void requireShared(String location, Set<String> packages) throws BundleException {
        Bundle bundle = require(location);
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        Set<String> shared = new HashSet<>();
        List<BundleWire> wires =
                wiring == null ? List.of() : wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE);
        for (BundleWire wire : wires) {
            if (wire.getProvider().getBundle().equals(bundle)) {
                shared.add(
                        String.valueOf(wire.getCapability().getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)));
            }
        }
        for (String name : packages) {
            if (!shared.contains(name)) {
                throw new NotSwappedException(
                        location,
                        "Cannot replace " + label(bundle) + " under its users: it is not wired to the package " + name
                                + " that they have");
            }
        }
    }

    @Override
    public void raiseFrameworkLevel(int startLevel) throws BundleException {
        FrameworkStartLevel level =
                system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkStartLevel.class);
        if (level.getStartLevel() >= startLevel || system.getBundle().getState() != Bundle.ACTIVE) {
            return;
        }
        setLevel(level, startLevel);
    }

    /** Sets the framework's own start level, and waits for all that was asked of it before. */
    void setFrameworkLevel(int startLevel) throws BundleException {
        if (system.getBundle().getState() == Bundle.ACTIVE) {
            setLevel(system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkStartLevel.class), startLevel);
        }
    }

    private void setLevel(FrameworkStartLevel level, int startLevel) throws ApplyException {
        CountDownLatch reached = new CountDownLatch(1);
        watchdog.runOwn("set the framework's start level to " + startLevel, () -> {
            level.setStartLevel(startLevel, event -> reached.countDown());
            try {
                reached.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BundleException("interrupted", e);
            }
        });
    }

    @Override
    public void start(String location) throws BundleException {
        Bundle bundle = require(location);
        start(bundle, Activation.options(bundle));
    }

    private void start(Bundle bundle, int options) throws ApplyException {
        run(bundle.getLocation(), "start " + label(bundle), () -> bundle.start(options));
        if (endSelfStopped(bundle)) {
            throw new ApplyException(
                    "Cannot start " + label(bundle) + ": it has stopped itself while it started", null);
        }
        Milestone.BUNDLE_STARTED.reached();
    }

    private boolean endSelfStopped(Bundle bundle) {
        return system.getBundle() instanceof StoreFelix felix && felix.endSelfStopped(bundle);
    }

    private FrameworkWiring wiring() {
        return system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
    }

    private Bundle require(String location) throws BundleException {
        Bundle bundle = system.getBundle(location);
        if (bundle == null) {
            throw new ApplyException("There is no bundle at " + location + " in this framework", null);
        }
        return bundle;
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
