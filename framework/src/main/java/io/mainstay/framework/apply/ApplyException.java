package io.mainstay.framework.apply;

import org.osgi.framework.BundleException;

/** Says which step of a change went wrong, on which bundle, and why. Its message is the one cause that people see. */
public final class ApplyException extends BundleException {
    private static final long serialVersionUID = 1L;

    private final boolean hanging;

    /** Makes an exception. */
    public ApplyException(String message, Throwable cause) {
        this(message, cause, false);
    }

    ApplyException(String message, Throwable cause, boolean hanging) {
        super(message, cause);
        this.hanging = hanging;
    }

    /** {@return whether the step still hangs, so that whatever it touches must not be waited for} */
    boolean hanging() {
        return hanging;
    }
}
