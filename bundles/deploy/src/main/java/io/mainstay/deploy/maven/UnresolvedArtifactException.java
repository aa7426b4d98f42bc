package io.mainstay.deploy.maven;

import java.io.IOException;

/** Says why there is no file for a coordinate. The message is one line for people, without credentials. */
public final class UnresolvedArtifactException extends IOException {
    private static final long serialVersionUID = 1L;
    private final String coordinate;

    /** Makes an exception for {@code coordinate} with the technical cause, which goes to the log. */
    UnresolvedArtifactException(String coordinate, String message, Throwable cause) {
        super(Causes.line(message), cause);
        this.coordinate = coordinate;
    }

    /** {@return the coordinate as it was asked for} */
    public String coordinate() {
        return coordinate;
    }
}
