package io.mainstay.store;

import java.time.Duration;
import java.util.Optional;

/**
 * What a node last said of itself.
 *
 * @param name the node's name, unique among running nodes of a store
 * @param incarnation tells one run of a node from the next
 * @param channel the channel that it follows
 * @param generation the number of the generation that it runs; 0 for none
 * @param state what it does
 * @param reason why it could not follow the head; empty if it does
 * @param report bundles and their states, drift, and what else it tells, as JSON
 * @param silent the time since it last said anything, by the database's clock; less than zero if that was set back since
 */
public record NodeRecord(
        String name,
        String incarnation,
        String channel,
        long generation,
        NodeState state,
        Optional<String> reason,
        String report,
        Duration silent) {

    /** A node that has said nothing for this long counts as gone. */
    public static final Duration GONE_AFTER = Duration.ofSeconds(15);

    /** {@return whether the node is running: it has not said that it stopped, and was heard of lately} */
    public boolean alive() {
        return state != NodeState.STOPPED && silent.compareTo(GONE_AFTER) < 0;
    }
}
