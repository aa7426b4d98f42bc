package io.mainstay.framework.deploy;

import io.mainstay.store.Digest;
import java.util.Optional;

/** Says that a bundle is no longer what a change of it was made from. Nothing was changed. */
public final class OvertakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String location;
    private final transient Digest based;
    private final transient Optional<Digest> found;

    OvertakenException(String location, Digest based, Optional<Digest> found) {
        super("Cannot change the bundle at " + location + ": the change was made from content " + based.brief()
                + found.map(now -> ", and by now it is " + now.brief()).orElse(", and the bundle is gone")
                + "; make it again from what is there");
        this.location = location;
        this.based = based;
        this.found = found;
    }

    /** {@return the bundle's location} */
    public String location() {
        return location;
    }

    /** {@return what the change was made from} */
    public Digest based() {
        return based;
    }

    /** {@return what is there; empty if the bundle was removed} */
    public Optional<Digest> found() {
        return found;
    }
}
