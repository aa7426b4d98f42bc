package io.mainstay.framework.apply;

import io.mainstay.framework.durable.Waits;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/** What one change has cost so far, over all attempts to make it. Not thread-safe, but for its {@link #waits}. */
final class Toll {
    private final long begin = System.nanoTime();
    private final SortedMap<String, String> reset = new TreeMap<>();
    private final Waits waits = new Waits();

    /** {@return the bundles that were reset: location to name and version; whoever resets more adds it} */
    SortedMap<String, String> reset() {
        return reset;
    }

    Waits waits() {
        return waits;
    }

    Duration took() {
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
