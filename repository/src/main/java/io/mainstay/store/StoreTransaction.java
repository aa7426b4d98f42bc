package io.mainstay.store;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * One unit of change. {@link #close} without {@link #commit} takes everything back. Not thread-safe: one thread at a
 * time. No code of others may run while one is open.
 */
public interface StoreTransaction extends AutoCloseable {

    /**
     * Stores bytes under their digest, once: content that is there already, sound, is left alone, and if its stored
     * bytes are damaged they are replaced. After a failure the transaction can only be closed.
     *
     * @return whether bytes were written
     * @throws IOException if the source cannot be read, or no longer has the digest that {@code content} says
     */
    boolean put(Content content, ContentSource source, ContentIndex index) throws IOException;

    /**
     * Stores a generation, under the next free number, with the channel's head as parent.
     *
     * @param expectedHead where the change expects the head; 0 before the first commit
     * @throws ConflictException if the head is elsewhere
     * @throws ContentMissingException if content of the state is not in the store
     */
    GenerationRecord propose(String channel, long expectedHead, String author, String message, SystemState state);

    /** Notes that nodes put up with bundles that throw when they are stopped for a proposal. */
    void force(long number);

    /** Stores a generation exactly as another store had it; for import into a store without history. */
    void restore(GenerationRecord generation);

    /**
     * Takes a proposal for a node, for the duration of a lease; a node may take again what it has.
     *
     * @return whether the node has it now
     */
    boolean claim(long number, String node, Duration lease);

    /**
     * Moves the channel's head to a proposal, which is the commit.
     *
     * @param proven whether a node runs it
     * @param report what the node measured, as JSON
     * @throws ConflictException if the head is not on the proposal's parent, or the proposal was settled by others
     */
    void moveHead(long number, boolean proven, Optional<String> report);

    /** Notes that a node runs a generation. */
    void prove(long number, Optional<String> report);

    /**
     * Notes that a generation failed, and why; a head that points at it stays there. Does nothing to one that is proven by
     * now: who was slow to say that it works may have said so just now.
     */
    void fail(long number, String cause, Optional<String> report);

    /** Notes that another generation was committed on a proposal's parent; does nothing to one that is settled. */
    void overtake(long number);

    /** Notes a remark with a generation: what was overridden when it was made. */
    void remark(long number, String remark);

    /** Writes what a node says of itself; see {@link Nodes#report}. */
    void report(NodeRecord node);

    /** Makes everything durable and visible. */
    void commit();

    /** Takes back what was not committed. Never throws on account of the database. */
    @Override
    void close();
}
