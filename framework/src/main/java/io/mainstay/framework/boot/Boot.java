package io.mainstay.framework.boot;

import io.mainstay.framework.apply.Activation;
import io.mainstay.framework.content.LoadedContents;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.StartOrder;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.store.ContentCorruptException;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.store.spi.Milestone;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Installs a generation while Felix is initialised; Felix then starts it by start level. */
final class Boot {
    private static final Logger LOG = LoggerFactory.getLogger(Boot.class);

    /** So often a generation may end the process that boots it for the first time; a crash of another cause is no proof. */
    private static final int DEATHS = 3;

    private final Store store;
    private final Announcements announcements;
    private final BundleContext system;
    private final StoreModuleConnector connector;
    private final LoadedContents loaded;
    private final List<TargetBundle> own;

    Boot(
            Store store,
            Announcements announcements,
            BundleContext system,
            StoreModuleConnector connector,
            LoadedContents loaded,
            List<TargetBundle> own) {
        this.store = store;
        this.announcements = announcements;
        this.system = system;
        this.connector = connector;
        this.loaded = loaded;
        this.own = own;
    }

    /**
     * What was installed.
     *
     * @param generation the generation; empty before the first
     * @param problem why it is not the head
     */
    record Result(Optional<GenerationRecord> generation, Optional<String> problem) {}

    /**
     * Installs the head of a channel. One that has failed, cannot be read or cannot be installed is passed over, for the
     * youngest proven generation before it that can.
     *
     * @throws BundleException or {@link StoreException}, what the head failed with, if there is none
     */
    Result install(String channel) throws BundleException {
        Optional<GenerationRecord> candidate = store.history().head(channel);
        if (candidate.isEmpty()) {
            install(List.of());
            return new Result(Optional.empty(), Optional.empty());
        }
        Optional<String> problem = Optional.empty();
        Exception first = null;
        while (candidate.isPresent()) {
            GenerationRecord record = candidate.get();
            try {
                if (record.state() == GenerationState.FAILED) {
                    throw new StoreException("Generation " + record.number() + " failed before: "
                            + record.cause().orElse("unknown cause"));
                }
                requireThatItLetsLive(record);
                install(TargetState.of(
                        record.generation().state(),
                        store.contents().find(record.generation().state().contents())));
                return new Result(candidate, problem);
            } catch (StoreUnreachableException e) {
                throw e;
            } catch (StoreException | BundleException e) {
                LOG.error("Generation {} cannot be booted", record.number(), e);
                first = first == null ? e : first;
                problem = Optional.of(Causes.oneLine(first));
                candidate = Ancestors.proven(store.history(), record);
            }
        }
        install(List.of());
        if (first instanceof BundleException broken) {
            throw broken;
        }
        throw (StoreException) first;
    }

    /** What ends the process again and again leaves nobody to say so: the next boot has to know. */
    private void requireThatItLetsLive(GenerationRecord record) {
        if (record.state() == GenerationState.COMMITTED && announcements.beginBoot(record.number()) >= DEATHS) {
            String cause = "the process ended each of " + DEATHS + " times that it booted it";
            try (StoreTransaction transaction = store.begin()) {
                transaction.fail(record.number(), cause, Optional.empty());
                transaction.commit();
            }
            throw new StoreException("Generation " + record.number() + " failed: " + cause);
        }
    }

    /** Reads all content first: nothing is installed of a generation that is damaged. */
    private void install(List<TargetBundle> generation) throws BundleException {
        Set<Digest> digests = new HashSet<>();
        generation.forEach(bundle -> digests.add(bundle.entry().content()));
        loaded.load(store.contents(), digests);
        List<TargetBundle> all = new ArrayList<>(generation);
        for (TargetBundle bundle : own) {
            if (generation.stream().noneMatch(bundle::hasNameOf)) {
                try {
                    loaded.load(store.contents(), List.of(bundle.entry().content()));
                    all.add(bundle);
                } catch (ContentCorruptException e) {
                    LOG.error(
                            "The node goes without its own {}: run `gc`, and start it again",
                            bundle.entry().label(),
                            e);
                }
            }
        }
        Milestone.BOOT_LOADED.reached();
        uninstallOthers(all);
        for (TargetBundle bundle : StartOrder.of(all)) {
            install(bundle);
            Milestone.BOOT_INSTALLED.reached();
        }
    }

    /** A framework that is started again in the same process still has the bundles that it had. */
    private void uninstallOthers(Collection<TargetBundle> wanted) throws BundleException {
        for (Bundle bundle : system.getBundles()) {
            boolean ours = connector.pinned(bundle.getLocation()).isPresent();
            if (ours && wanted.stream().noneMatch(other -> other.location().equals(bundle.getLocation()))) {
                bundle.uninstall();
                connector.unpin(bundle.getLocation());
            }
        }
    }

    private void install(TargetBundle wanted) throws BundleException {
        String location = wanted.location();
        Optional<Digest> before = connector.pinned(location);
        connector.pin(location, wanted.entry().content());
        Bundle bundle = system.getBundle(location);
        if (bundle == null) {
            bundle = system.installBundle(location);
        } else if (before.isPresent() && !before.get().equals(wanted.entry().content())) {
            bundle.update();
        }
        bundle.adapt(BundleStartLevel.class).setStartLevel(wanted.entry().startLevel());
        if (wanted.isStarted()) {
            bundle.start(Activation.options(bundle));
        }
    }
}
