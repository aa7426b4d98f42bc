package io.mainstay.itests.stay.api;

/** A service whose provider calls another one of the same kind. */
public interface Hop {
    /** Goes on to the next provider and back, so many times; returns how many calls that were. */
    int hop(int more);
}
