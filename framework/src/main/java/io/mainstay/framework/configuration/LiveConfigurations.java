package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * The configurations of one framework. Where there is a Configuration Admin whose configurations are held here, changes go
 * through its service, so that everybody is told; where there is none, or not yet, they wait for it in memory. Nothing is
 * on a disk. Thread-safe; no lock is held while bundles are called.
 */
public final class LiveConfigurations {
    /** The framework property by which Apache Felix's Configuration Admin is told whom to ask. */
    public static final String PERSISTENCE_PROPERTY = "felix.cm.pm";
    /** Its value: our name. */
    public static final String PERSISTENCE_NAME = "mainstay";

    /** So long it is tried to set what others delete. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration PAUSE = Duration.ofMillis(1);

    private final HeldConfigurations held = new HeldConfigurations();
    private BundleContext system;
    private PersistenceExtension extension;

    /**
     * The configurations at one moment.
     *
     * @param configurations those that were set
     * @param pids also those that were asked for only
     */
    public record Snapshot(SortedMap<String, Configuration> configurations, SortedSet<String> pids) {}

    /**
     * Begins with the configurations of a generation, before any bundle starts.
     *
     * @param changed told when a bundle has changed a configuration, on its thread: it must not wait
     * @return what ends it
     */
    public Runnable begin(BundleContext context, Map<String, Configuration> configurations, Runnable changed) {
        held.begin(configurations);
        PersistenceExtension serving = new PersistenceExtension(context, held, changed);
        context.addBundleListener(serving);
        system = context;
        extension = serving;
        return () -> context.removeBundleListener(serving);
    }

    /** {@return the configurations as they are} */
    public SortedMap<String, Configuration> current() {
        return held.current();
    }

    /** {@return who has changed a configuration last, if that was a bundle} */
    public Optional<String> writer(String pid) {
        return held.writer(pid);
    }

    /** {@return how long no bundle has changed anything} */
    public Duration quiet() {
        return Duration.ofNanos(held.nanosSinceLastWrite());
    }

    /** {@return what {@link #restore} brings back} */
    public Snapshot snapshot() {
        return new Snapshot(held.current(), held.pids());
    }

    /** {@return whether all is as a change wants it} */
    public boolean are(TargetConfigurations target) {
        return target.open(held.current()).isEmpty();
    }

    /**
     * Makes the configurations what a change wants. All else is left as it is, whoever writes it meanwhile; what is so
     * already is not touched.
     *
     * @throws IllegalStateException if Configuration Admin refuses one, naming it
     */
    public void change(TargetConfigurations target) {
        withAdmin(admin -> set(admin, target.open(held.current()), target.to()));
    }

    private void set(Optional<AdminService> admin, Set<String> pids, Map<String, Configuration> wanted) {
        boolean reload = false;
        for (String pid : pids) {
            reload |= set(admin, pid, Optional.ofNullable(wanted.get(pid)));
        }
        if (reload) { // last: the service that has been asked goes
            extension.reload();
        }
    }

    /** Makes one what is wanted; {@return whether it has to be loaded anew} */
    private boolean set(Optional<AdminService> admin, String pid, Optional<Configuration> wanted) {
        return despiteOthers((wanted.isPresent() ? "set configuration " : "delete configuration ") + pid, () -> {
            Optional<Configuration> now = held.current(pid);
            return !now.equals(wanted) && set(admin, pid, now, wanted);
        });
    }

    /** Does something to a configuration that others may delete at the same moment: then it is tried with what there is now. */
    private static <T> T despiteOthers(String what, Supplier<T> action) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return action.get();
            } catch (RuntimeException e) {
                boolean deleted = e.getCause() instanceof IllegalStateException;
                if (!deleted || System.nanoTime() > end) {
                    throw new IllegalStateException("Cannot " + what + ": " + e.getMessage(), e);
                }
                LockSupport.parkNanos(PAUSE.toNanos()); // one that is being deleted is there until it is stored
            }
        }
    }

    private boolean set(
            Optional<AdminService> admin, String pid, Optional<Configuration> now, Optional<Configuration> wanted) {
        if (wanted.isEmpty()) {
            delete(admin, pid);
            return false;
        }
        Configuration to = wanted.get();
        Optional<Configuration> from = now.filter(one -> one.factoryPid().equals(to.factoryPid()));
        if (now.isPresent() && from.isEmpty()) {
            delete(admin, pid);
        }
        if (admin.isPresent() && (from.isPresent() || AdminService.canMake(to))) {
            admin.get().set(from, to);
            return false;
        }
        held.put(to);
        return admin.isPresent();
    }

    private void delete(Optional<AdminService> admin, String pid) {
        admin.ifPresentOrElse(one -> one.delete(pid), () -> held.delete(pid, Optional.empty()));
    }

    /** Makes the configurations those of {@code snapshot}; what was asked for since then is gone too. */
    public void restore(Snapshot snapshot) {
        withAdmin(admin -> {
            SortedSet<String> since = held.pids();
            since.removeAll(snapshot.pids());
            since.forEach(pid -> despiteOthers("delete configuration " + pid, () -> {
                delete(admin, pid);
                return null;
            }));
            TargetConfigurations before = new TargetConfigurations(Optional.empty(), snapshot.configurations());
            set(admin, before.open(held.current()), before.to());
        });
    }

    /** Makes the configurations those of {@code snapshot} without telling anybody, because the framework ends. */
    public void endWith(Snapshot snapshot) {
        held.begin(snapshot.configurations());
    }

    /**
     * {@return whether a factory configuration has been deleted} Only where a Configuration Admin holds its configurations here.
     *
     * @param factoryPid a factory's PID; if no configuration of it is known, nor was one, the answer is no
     */
    public boolean isDeleted(String factoryPid, String pid) {
        return held.isMissing(factoryPid, pid) && reference().isPresent();
    }

    /** {@return the PIDs of what is set; empty if no Configuration Admin is there that holds its configurations here} */
    public Optional<Set<String>> pidsOfAdmin() {
        return reference().map(admin -> held.current().keySet());
    }

    private void withAdmin(Consumer<Optional<AdminService>> use) {
        Optional<ServiceReference<?>> reference = reference();
        Optional<Object> service = reference.map(system::getService);
        try {
            use.accept(service.map(AdminService::new));
        } finally {
            service.ifPresent(admin -> system.ungetService(reference.get()));
        }
    }

    /** {@return a Configuration Admin that holds its configurations here} Others are none of our business. */
    private Optional<ServiceReference<?>> reference() {
        try {
            ServiceReference<?>[] found = system.getAllServiceReferences(AdminService.INTERFACE, null);
            return found == null
                    ? Optional.empty()
                    : Stream.of(found).filter(this::isServed).findFirst();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("There is no filter to be wrong", e);
        }
    }

    private boolean isServed(ServiceReference<?> admin) {
        return admin.getBundle() != null && extension.serves(admin.getBundle());
    }
}
