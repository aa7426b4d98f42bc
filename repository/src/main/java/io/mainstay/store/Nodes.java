package io.mainstay.store;

import java.util.List;

/** Reads and writes what nodes say of themselves. Thread-safe; every method may block on the database. */
public interface Nodes {

    /** {@return all nodes of the channel that have ever said something, by name} */
    List<NodeRecord> all(String channel);

    /**
     * Writes a node's record as of now. The first record of an incarnation is refused while another incarnation of the
     * same name is alive.
     *
     * @throws StoreException if another running node has this name
     */
    void report(NodeRecord record);

    /**
     * Says that a node is still there, without telling anything new.
     *
     * @return whether the store knows it as running; if not, it was taken for gone, and should {@link #report} again
     */
    boolean heartbeat(String name, String incarnation);

    /**
     * Notes that a node is gone that has said nothing for long. Does nothing to one that was heard of meanwhile.
     *
     * @param silent a record of {@link #all}
     */
    void gone(NodeRecord silent);
}
