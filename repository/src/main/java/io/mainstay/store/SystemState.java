package io.mainstay.store;

import io.mainstay.configuration.Configuration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The state that a generation describes: which content at which location and start level, with which framework
 * properties, and which configurations. Two generations with the same state differ only in who made them, when and why.
 */
public final class SystemState {
    /** Nothing at all: what a new store describes. */
    public static final SystemState EMPTY = new SystemState(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

    private final SortedMap<String, GenerationEntry> entries;
    private final SortedMap<String, String> frameworkProperties;
    private final SortedMap<String, Configuration> configurations;

    private SystemState(
            SortedMap<String, GenerationEntry> entries,
            SortedMap<String, String> frameworkProperties,
            SortedMap<String, Configuration> configurations) {
        this.entries = Collections.unmodifiableSortedMap(entries);
        this.frameworkProperties = Collections.unmodifiableSortedMap(frameworkProperties);
        this.configurations = Collections.unmodifiableSortedMap(configurations);
    }

    /**
     * {@return a state}
     *
     * @throws IllegalArgumentException if two entries share a location, two configurations a PID, or a framework
     *     property's name has a line break or '='
     */
    public static SystemState of(
            Collection<GenerationEntry> entries,
            Map<String, String> frameworkProperties,
            Collection<Configuration> configurations) {
        SortedMap<String, GenerationEntry> byLocation = new TreeMap<>();
        for (GenerationEntry entry : entries) {
            if (byLocation.putIfAbsent(entry.location(), entry) != null) {
                throw new IllegalArgumentException("Two bundles at one location: " + entry.location());
            }
        }
        frameworkProperties.keySet().forEach(SystemState::requireName);
        SortedMap<String, Configuration> byPid = new TreeMap<>();
        for (Configuration configuration : configurations) {
            if (byPid.putIfAbsent(configuration.pid(), configuration) != null) {
                throw new IllegalArgumentException("Two configurations with one PID: " + configuration.pid());
            }
        }
        return new SystemState(byLocation, new TreeMap<>(frameworkProperties), byPid);
    }

    /** {@return this state with other configurations} */
    public SystemState with(Collection<Configuration> others) {
        return of(entries.values(), frameworkProperties, others);
    }

    static String requireName(String property) {
        if (property.isBlank() || property.chars().anyMatch(c -> Character.isISOControl(c) || c == '=' || c == ' ')) {
            throw new IllegalArgumentException("Not a framework property's name: '" + property + "'");
        }
        return property;
    }

    /** {@return the bundles in the order of their locations} */
    public List<GenerationEntry> entries() {
        return List.copyOf(entries.values());
    }

    /** {@return the bundle at {@code location}} */
    public Optional<GenerationEntry> find(String location) {
        return Optional.ofNullable(entries.get(location));
    }

    /** {@return the framework properties that a node of this state boots with; the node's own settings win} */
    public SortedMap<String, String> frameworkProperties() {
        return frameworkProperties;
    }

    /** {@return the configurations by their PIDs} */
    public SortedMap<String, Configuration> configurations() {
        return configurations;
    }

    /** {@return the digests of all content that this state needs} */
    public Set<Digest> contents() {
        return entries.values().stream().map(GenerationEntry::content).collect(Collectors.toUnmodifiableSet());
    }

    /** {@return the highest start level of any bundle, 1 if there is none} */
    public int highestStartLevel() {
        return entries.values().stream()
                .mapToInt(GenerationEntry::startLevel)
                .max()
                .orElse(1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SystemState that
                && entries.equals(that.entries)
                && frameworkProperties.equals(that.frameworkProperties)
                && configurations.equals(that.configurations);
    }

    @Override
    public int hashCode() {
        return Objects.hash(entries, frameworkProperties, configurations);
    }
}
