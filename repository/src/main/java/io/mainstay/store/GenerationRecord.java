package io.mainstay.store;

import java.util.Optional;

/**
 * A generation with what became of it.
 *
 * @param generation the immutable part
 * @param channel the channel it was made for
 * @param state how far it has come
 * @param cause why it failed, or what was overridden; empty otherwise
 * @param claimedBy the node that applies it, or that has decided its fate
 * @param report what the node measured while applying it, as JSON; empty when no node has
 * @param retained whether its content is kept, so that it can be gone back to
 * @param forced whether nodes put up with bundles that throw when they are stopped
 */
public record GenerationRecord(
        Generation generation,
        String channel,
        GenerationState state,
        Optional<String> cause,
        Optional<String> claimedBy,
        Optional<String> report,
        boolean retained,
        boolean forced) {

    /** {@return the generation's number} */
    public long number() {
        return generation.number();
    }
}
