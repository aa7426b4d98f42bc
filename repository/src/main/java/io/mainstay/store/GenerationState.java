package io.mainstay.store;

/** How far a generation has come. */
public enum GenerationState {
    /** Stored, and waiting for a node of its channel to apply it; no head has pointed at it yet. */
    PROPOSED,
    /** A head has pointed at it, but no node has run it yet. */
    COMMITTED,
    /** At least one node has run it. */
    PROVEN,
    /** Another generation was committed on the same parent first; nobody tried it, or who did went back. */
    OVERTAKEN,
    /** A node tried it and went back; its cause is recorded. It is not tried again unless forced. */
    FAILED
}
