package io.mainstay.store;

import java.util.List;

/** Reads and writes drafts. Thread-safe; every method may block on the database. */
public interface Drafts {

    /** {@return the drafts of a channel, by location, author and path} */
    List<Draft> all(String channel);

    /**
     * Saves a draft, in place of the one that its author has of the same file; {@link Draft#saved} is set by the store.
     *
     * @throws StoreException if a name is longer than the store's tables hold
     */
    void save(Draft draft);

    /**
     * Drops what an author has in draft of a bundle.
     *
     * @return how many files that was
     */
    int drop(String channel, String location, String author);

    /** Drops one draft, if it is there. */
    void drop(Draft draft);
}
