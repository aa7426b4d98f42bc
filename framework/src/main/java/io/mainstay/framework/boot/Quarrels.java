package io.mainstay.framework.boot;

import io.mainstay.configuration.Configuration;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends quarrels: a bundle that writes the name of its host into its configuration does so on every node, and each follows
 * the other for ever. A configuration that this node has committed ten times in a minute is committed by it no more, and
 * shows as drift, until a generation of others sets it. Not thread-safe.
 */
final class Quarrels {
    private static final Logger LOG = LoggerFactory.getLogger(Quarrels.class);
    private static final int MOST = 10;
    private static final Duration WHILE = Duration.ofMinutes(1);

    private final Map<String, Deque<Long>> commits = new HashMap<>();
    /** What the generation said when this node gave up. */
    private final Map<String, Optional<Configuration>> givenUp = new HashMap<>();

    /**
     * {@return whether this node may commit a configuration again}
     *
     * @param generation what the node's generation says of it
     */
    boolean allows(String pid, Optional<Configuration> generation) {
        Optional<Configuration> then = givenUp.get(pid);
        if (then != null && then.equals(generation)) {
            return false;
        }
        if (then != null) {
            givenUp.remove(pid);
            commits.remove(pid);
        }
        Deque<Long> recent = commits.getOrDefault(pid, new ArrayDeque<>());
        recent.removeIf(nanos -> System.nanoTime() - nanos > WHILE.toNanos());
        if (recent.size() < MOST) {
            return true;
        }
        LOG.warn(
                "Configuration {} was committed {} times in a minute, because something goes on changing it: it stays as"
                        + " drift until a generation sets it otherwise",
                pid,
                MOST);
        givenUp.put(pid, generation);
        return false;
    }

    /** Notes that this node has committed a configuration. */
    void committed(String pid) {
        commits.computeIfAbsent(pid, key -> new ArrayDeque<>()).add(System.nanoTime());
    }
}
