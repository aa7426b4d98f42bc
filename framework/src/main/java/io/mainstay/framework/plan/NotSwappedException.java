package io.mainstay.framework.plan;

import org.osgi.framework.BundleException;

/** Says that a bundle cannot be swapped after all: it has to be reset together with its users. */
public final class NotSwappedException extends BundleException {
    private static final long serialVersionUID = 1L;

    private final String location;

    /** Makes an exception. */
    public NotSwappedException(String location, String message) {
        super(message);
        this.location = location;
    }

    /** {@return where the bundle is} */
    public String location() {
        return location;
    }
}
