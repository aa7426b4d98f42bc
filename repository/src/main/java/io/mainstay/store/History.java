package io.mainstay.store;

import java.util.List;
import java.util.Optional;

/** Reads generations and heads. Thread-safe; every method may block on the database. */
public interface History {

    /** {@return generation {@code number}} */
    Optional<GenerationRecord> find(long number);

    /** {@return the generation that the channel's head points at} */
    Optional<GenerationRecord> head(String channel);

    /** {@return the number that the channel's head points at; 0 before the first commit} */
    long headNumber(String channel);

    /** {@return the head and its ancestors, youngest first, at most {@code limit}} */
    List<GenerationRecord> chain(String channel, int limit);

    /** {@return all generations made for the channel, also those that failed, youngest first, at most {@code limit}} */
    List<GenerationRecord> all(String channel, int limit);

    /** {@return proposals of the channel that wait or are being applied, oldest first} */
    List<GenerationRecord> proposals(String channel);

    /** {@return the generations of the channel with this state that failed, youngest first; none from before it has worked} */
    List<GenerationRecord> failedWith(String channel, Digest stateDigest);

    /** {@return the names of all channels that have a head} */
    List<String> channels();
}
