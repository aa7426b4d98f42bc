package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a change makes of the configurations. Immutable, if the maps are.
 *
 * @param from what the change goes from, by PID: what is the same there and in {@code to} is left as it is, whoever has set
 *     it since then; empty if all is to be as in {@code to}
 * @param to what the change goes to, by PID
 */
public record TargetConfigurations(Optional<Map<String, Configuration>> from, Map<String, Configuration> to) {

    /** {@return the PIDs whose configuration is not as it should be} */
    SortedSet<String> open(Map<String, Configuration> now) {
        SortedSet<String> pids = new TreeSet<>(from.orElse(now).keySet());
        pids.addAll(to.keySet());
        pids.removeIf(pid -> isSame(pid, from.orElse(now)) || isSame(pid, now));
        return pids;
    }

    private boolean isSame(String pid, Map<String, Configuration> other) {
        return Objects.equals(to.get(pid), other.get(pid));
    }
}
