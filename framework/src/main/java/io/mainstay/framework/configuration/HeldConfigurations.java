package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The configurations of one framework as they are now, in memory: what Configuration Admin loads, and what it stores.
 * Thread-safe; nothing of others is called while the lock is held.
 */
final class HeldConfigurations {
    private final Map<String, HeldDictionary> byPid = new TreeMap<>();
    /** Who has written last what; of what nobody is known to have written there is no entry. */
    private final SortedMap<String, String> writers = new TreeMap<>();

    /** Of which there are factory configurations, or were. */
    private final Set<String> factories = new HashSet<>();

    private long lastWrite = System.nanoTime();

    /** Forgets all, and begins with these. */
    synchronized void begin(Map<String, Configuration> configurations) {
        byPid.clear();
        writers.clear();
        configurations.values().forEach(this::put);
    }

    synchronized boolean exists(String pid) {
        return byPid.containsKey(pid);
    }

    synchronized Optional<Dictionary<String, Object>> load(String pid) {
        return Optional.ofNullable(byPid.get(pid)).map(HeldDictionary::toDictionary);
    }

    synchronized List<Dictionary<String, Object>> all() {
        List<Dictionary<String, Object>> all = new ArrayList<>();
        byPid.values().forEach(held -> all.add(held.toDictionary()));
        return all;
    }

    synchronized void store(String pid, HeldDictionary dictionary, Optional<String> writer) {
        keep(pid, dictionary);
        written(pid, writer);
    }

    synchronized void delete(String pid, Optional<String> writer) {
        if (byPid.remove(pid) != null) {
            written(pid, writer);
        }
    }

    private void keep(String pid, HeldDictionary dictionary) {
        byPid.put(pid, dictionary);
        dictionary.configuration().flatMap(Configuration::factoryPid).ifPresent(factories::add);
    }

    private void written(String pid, Optional<String> writer) {
        writers.remove(pid);
        writer.ifPresent(who -> writers.put(pid, who));
        lastWrite = System.nanoTime();
    }

    /** Sets a configuration while no Configuration Admin looks. */
    synchronized void put(Configuration configuration) {
        keep(configuration.pid(), HeldDictionary.of(configuration));
        writers.remove(configuration.pid());
    }

    /** {@return the configurations that are set, by PID} */
    synchronized SortedMap<String, Configuration> current() {
        SortedMap<String, Configuration> current = new TreeMap<>();
        byPid.values().stream()
                .flatMap(held -> held.configuration().stream())
                .forEach(configuration -> current.put(configuration.pid(), configuration));
        return current;
    }

    /** {@return whether a factory configuration is not set, of a factory that has some or had} */
    synchronized boolean isMissing(String factoryPid, String pid) {
        return factories.contains(factoryPid) && current(pid).isEmpty();
    }

    /** {@return a configuration, if it is set} */
    synchronized Optional<Configuration> current(String pid) {
        return Optional.ofNullable(byPid.get(pid)).flatMap(HeldDictionary::configuration);
    }

    /** {@return the PIDs of all configurations, set or only asked for} */
    synchronized SortedSet<String> pids() {
        return byPid.entrySet().stream()
                .filter(entry -> entry.getValue().hasPid())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** {@return who has written a configuration last, if that is known} */
    synchronized Optional<String> writer(String pid) {
        return Optional.ofNullable(writers.get(pid));
    }

    /** {@return the nanoseconds since Configuration Admin has last stored or deleted something} */
    synchronized long nanosSinceLastWrite() {
        return System.nanoTime() - lastWrite;
    }
}
