package io.mainstay.store;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What differs between two states, bundle by bundle, property by property, configuration by configuration.
 *
 * @param added bundles at locations that only the younger has
 * @param updated bundles whose content changed
 * @param moved bundles with the same content at another start level, or that are started now, or no longer
 * @param removed bundles at locations that only the older has
 * @param unchanged bundles that are the same in both
 * @param properties framework properties that changed: name to (old, new), either may be empty
 * @param configurations configurations that changed, by PID
 */
public record GenerationDiff(
        List<GenerationEntry> added,
        List<Change> updated,
        List<Change> moved,
        List<GenerationEntry> removed,
        List<GenerationEntry> unchanged,
        SortedMap<String, PropertyChange> properties,
        SortedMap<String, ConfigurationChange> configurations) {

    /**
     * A bundle before and after.
     *
     * @param from before
     * @param to after
     */
    public record Change(GenerationEntry from, GenerationEntry to) {}

    /**
     * A property before and after.
     *
     * @param from before; empty if it was not set
     * @param to after; empty if it is no longer set
     */
    public record PropertyChange(Optional<String> from, Optional<String> to) {}

    /**
     * A configuration before and after.
     *
     * @param from before; empty if it is added
     * @param to after; empty if it is removed
     */
    public record ConfigurationChange(Optional<Configuration> from, Optional<Configuration> to) {

        /** {@return the names of the properties that are not the same, in order} */
        public SortedSet<String> properties() {
            return Stream.of(from, to)
                    .flatMap(Optional::stream)
                    .flatMap(side -> side.properties().keySet().stream())
                    .filter(name -> !value(from, name).equals(value(to, name)))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /** {@return a property's value before; empty if it was not there} */
        public Optional<PropertyValue> from(String property) {
            return value(from, property);
        }

        /** {@return a property's value after; empty if it is no longer there} */
        public Optional<PropertyValue> to(String property) {
            return value(to, property);
        }

        private static Optional<PropertyValue> value(Optional<Configuration> side, String property) {
            return side.map(configuration -> configuration.properties().get(property));
        }
    }

    /** Compares two states. */
    public static GenerationDiff between(SystemState older, SystemState younger) {
        List<GenerationEntry> added = new ArrayList<>();
        List<Change> updated = new ArrayList<>();
        List<Change> moved = new ArrayList<>();
        List<GenerationEntry> unchanged = new ArrayList<>();
        for (GenerationEntry to : younger.entries()) {
            Optional<GenerationEntry> before = older.find(to.location());
            if (before.isEmpty()) {
                added.add(to);
            } else if (!before.get().content().equals(to.content())) {
                updated.add(new Change(before.get(), to));
            } else if (before.get().startLevel() != to.startLevel()
                    || before.get().autostart() != to.autostart()) {
                moved.add(new Change(before.get(), to));
            } else {
                unchanged.add(to);
            }
        }
        List<GenerationEntry> removed = older.entries().stream()
                .filter(entry -> younger.find(entry.location()).isEmpty())
                .toList();
        return new GenerationDiff(
                List.copyOf(added),
                List.copyOf(updated),
                List.copyOf(moved),
                removed,
                List.copyOf(unchanged),
                properties(older.frameworkProperties(), younger.frameworkProperties()),
                configurations(older.configurations(), younger.configurations()));
    }

    /** {@return what differs between two sets of configurations, by PID} */
    public static SortedMap<String, ConfigurationChange> configurations(
            Map<String, Configuration> older, Map<String, Configuration> younger) {
        TreeSet<String> pids = new TreeSet<>(older.keySet());
        pids.addAll(younger.keySet());
        SortedMap<String, ConfigurationChange> changes = new TreeMap<>();
        for (String pid : pids) {
            if (!Objects.equals(older.get(pid), younger.get(pid))) {
                changes.put(
                        pid,
                        new ConfigurationChange(
                                Optional.ofNullable(older.get(pid)), Optional.ofNullable(younger.get(pid))));
            }
        }
        return changes;
    }

    private static SortedMap<String, PropertyChange> properties(
            Map<String, String> older, Map<String, String> younger) {
        TreeSet<String> names = new TreeSet<>(older.keySet());
        names.addAll(younger.keySet());
        SortedMap<String, PropertyChange> changes = new TreeMap<>();
        for (String name : names) {
            if (!Objects.equals(older.get(name), younger.get(name))) {
                changes.put(
                        name,
                        new PropertyChange(
                                Optional.ofNullable(older.get(name)), Optional.ofNullable(younger.get(name))));
            }
        }
        return changes;
    }

    /** {@return whether both states are the same} */
    public boolean isEmpty() {
        return added.isEmpty()
                && updated.isEmpty()
                && moved.isEmpty()
                && removed.isEmpty()
                && properties.isEmpty()
                && configurations.isEmpty();
    }

    /**
     * {@return the locations whose bundle is added, updated, moved or removed, {@code framework property NAME} of what
     * differs, and {@code configuration PID} of what does}
     */
    public TreeSet<String> touched() {
        TreeSet<String> locations = new TreeSet<>();
        added.forEach(entry -> locations.add(entry.location()));
        updated.forEach(change -> locations.add(change.to().location()));
        moved.forEach(change -> locations.add(change.to().location()));
        removed.forEach(entry -> locations.add(entry.location()));
        properties.keySet().forEach(name -> locations.add("framework property " + name));
        configurations.keySet().forEach(pid -> locations.add("configuration " + pid));
        return locations;
    }
}
