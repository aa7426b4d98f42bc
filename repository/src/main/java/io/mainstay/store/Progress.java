package io.mainstay.store;

/** Hears how far a long work has come. */
@FunctionalInterface
public interface Progress {
    /** Hears nothing. */
    Progress NONE = (done, total) -> {};

    /** Tells that {@code done} of {@code total} bytes or steps are done. */
    void update(long done, long total);
}
