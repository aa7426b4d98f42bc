package io.mainstay.framework.plan;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bundles of the store as a framework has them at one moment. Immutable. */
public final class RunningState {
    private final SortedMap<String, RunningBundle> bundles;

    private RunningState(SortedMap<String, RunningBundle> bundles) {
        this.bundles = Collections.unmodifiableSortedMap(bundles);
    }

    /** Makes a state of its parts. */
    public static RunningState of(Collection<RunningBundle> parts) {
        SortedMap<String, RunningBundle> byLocation = new TreeMap<>();
        parts.forEach(bundle -> byLocation.put(bundle.location(), bundle));
        return new RunningState(byLocation);
    }

    /** {@return the bundles in the order of their locations} */
    public Collection<RunningBundle> bundles() {
        return bundles.values();
    }

    /** {@return the bundle at {@code location}} */
    public Optional<RunningBundle> find(String location) {
        return Optional.ofNullable(bundles.get(location));
    }
}
