package io.mainstay.framework.durable;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The bundles that a change stops and starts, by their locations.
 *
 * @param stopped those that are stopped
 * @param lasting those of them that are not wired anew: types that they export last
 * @param back those of them that are started again, whose services are kept
 * @param started all that are started, for the first time or again: what waits for its provider is not there yet for these
 */
public record Affected(Set<String> stopped, Set<String> lasting, Set<String> back, Set<String> started) {
    /** Copies. */
    public Affected {
        stopped = Set.copyOf(stopped);
        lasting = Set.copyOf(lasting);
        back = Set.copyOf(back);
        started = Set.copyOf(started);
    }

    /** {@return those whose exported types will be others} */
    Set<String> wiredAnew() {
        return stopped.stream().filter(one -> !lasting.contains(one)).collect(Collectors.toUnmodifiableSet());
    }

    /** {@return the same on the way back: what had been stopped comes again} */
    Affected goingBack() {
        return new Affected(stopped, lasting, stopped, stopped);
    }

    /** {@return all of them} */
    Set<String> all() {
        Set<String> all = new HashSet<>(stopped);
        all.addAll(started);
        return all;
    }
}
