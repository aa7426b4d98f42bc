package io.mainstay.store;

/** What a node does. */
public enum NodeState {
    /** It boots. */
    STARTING,
    /** It runs its generation. */
    RUNNING,
    /** It takes over another generation. */
    APPLYING,
    /** It could not take over the head, and runs what it had; its reason says why. */
    BEHIND,
    /** A change failed on it, and so did the way back: it has to be restarted, and takes over nothing before. */
    STUCK,
    /** It has ended in good order. */
    STOPPED
}
