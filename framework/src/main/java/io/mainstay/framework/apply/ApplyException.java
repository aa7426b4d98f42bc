package io.mainstay.framework.apply;

import org.osgi.framework.BundleException;

/** Says which step of a change went wrong, on which bundle, and why. Its message is the one cause that people see. */
public final class ApplyException extends BundleException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception. */
    public ApplyException(String message, Throwable cause) {
        super(message, cause);
    }
}
