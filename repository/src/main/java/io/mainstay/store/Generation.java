package io.mainstay.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A numbered, immutable state of the whole system, with the story of how it came about. Generations are chained: each
 * holds its parent's digest, so that the digest of one vouches for everything before it.
 *
 * @param number 1 or more, unique in a store, never used again
 * @param parent what it was made from; empty for the first
 * @param author who made it
 * @param message why; may have several lines, which end with one line feed each
 * @param instant when, to the millisecond
 * @param state what it describes
 * @see GenerationText for the canonical form that the digest is taken of
 */
public record Generation(
        long number, Optional<Parent> parent, String author, String message, Instant instant, SystemState state) {

    /**
     * Names the generation that another was made from.
     *
     * @param number its number
     * @param digest its digest
     */
    public record Parent(long number, Digest digest) {}

    /** @throws IllegalArgumentException if the number is below 1 or not above the parent's */
    public Generation {
        long floor = parent.map(Parent::number).orElse(0L);
        if (number <= floor) {
            throw new IllegalArgumentException("Generation " + number + " cannot follow generation " + floor);
        }
        author = author.isBlank() ? "unknown" : author.strip();
        message = message.strip().lines().collect(Collectors.joining("\n"));
        instant = instant.truncatedTo(ChronoUnit.MILLIS);
    }

    /** {@return the SHA-256 of {@link GenerationText#write}} */
    public Digest digest() {
        return Digest.of(GenerationText.write(this));
    }

    /** {@return the digest of the state alone: equal for generations that describe the same system} */
    public Digest stateDigest() {
        return Digest.of(GenerationText.writeState(state));
    }

    /** {@return this generation as the parent of another} */
    public Parent asParent() {
        return new Parent(number, digest());
    }
}
