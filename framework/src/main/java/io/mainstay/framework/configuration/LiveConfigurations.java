package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
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

    /**
     * Makes the configurations those of {@code wanted}; those that are the same already are not touched.
     *
     * @throws IllegalStateException if Configuration Admin refuses one, naming it
     */
    public void set(Map<String, Configuration> wanted) {
        withAdmin(admin -> set(admin, wanted));
    }

    private void set(Optional<AdminService> admin, Map<String, Configuration> wanted) {
        SortedMap<String, Configuration> now = held.current();
        boolean reload = false;
        TreeSet<String> pids = new TreeSet<>(now.keySet());
        pids.addAll(wanted.keySet());
        for (String pid : pids) {
            Configuration to = wanted.get(pid);
            Configuration from = now.get(pid);
            if (to == null) {
                delete(admin, pid);
            } else if (!to.equals(from)) {
                if (from != null && !from.factoryPid().equals(to.factoryPid())) {
                    delete(admin, pid);
                    from = null;
                }
                boolean through = admin.isPresent() && (from != null || AdminService.canMake(to));
                reload |= admin.isPresent() && !through;
                set(admin.filter(one -> through), Optional.ofNullable(from), to);
            }
        }
        if (reload) {
            extension.reload();
        }
    }

    private void set(Optional<AdminService> admin, Optional<Configuration> from, Configuration to) {
        try {
            admin.ifPresentOrElse(one -> one.set(from, to), () -> held.put(to));
        } catch (RuntimeException e) {
            throw new IllegalStateException("Cannot set configuration " + to.pid() + ": " + e.getMessage(), e);
        }
    }

    private void delete(Optional<AdminService> admin, String pid) {
        try {
            admin.ifPresentOrElse(one -> one.delete(pid), () -> held.delete(pid, Optional.empty()));
        } catch (RuntimeException e) {
            throw new IllegalStateException("Cannot delete configuration " + pid + ": " + e.getMessage(), e);
        }
    }

    /** Makes the configurations those of {@code snapshot}; what was asked for since then is gone too. */
    public void restore(Snapshot snapshot) {
        withAdmin(admin -> {
            set(admin, snapshot.configurations());
            SortedSet<String> since = held.pids();
            since.removeAll(snapshot.pids());
            since.forEach(pid -> delete(admin, pid));
        });
    }

    /** Makes the configurations those of {@code snapshot} without telling anybody, because the framework ends. */
    public void endWith(Snapshot snapshot) {
        held.begin(snapshot.configurations());
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

    /**
     * {@return what the configurations should be after a change, where run-time changes are kept} What a bundle or an
     * administrator has set since generation {@code from} stays, unless generation {@code to} sets it too.
     */
    public SortedMap<String, Configuration> merged(Map<String, Configuration> from, Map<String, Configuration> to) {
        SortedMap<String, Configuration> now = held.current();
        SortedMap<String, Configuration> merged = new TreeMap<>(to);
        TreeSet<String> pids = new TreeSet<>(now.keySet());
        pids.addAll(from.keySet());
        for (String pid : pids) {
            boolean untouched = Optional.ofNullable(from.get(pid)).equals(Optional.ofNullable(to.get(pid)));
            if (untouched && now.containsKey(pid)) {
                merged.put(pid, now.get(pid));
            } else if (untouched) {
                merged.remove(pid);
            }
        }
        return merged;
    }
}
