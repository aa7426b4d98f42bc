package io.mainstay.framework.apply;

import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** How bundles are started, and when they count as started. */
public final class Activation {
    private Activation() {}

    /**
     * {@return the options to start a bundle with} Its activation policy is honoured: a lazy bundle waits in STARTING for
     * its first class (OSGi Core 8, 4.4.6.2). One without an activator has nothing to be lazy about, and becomes active
     * at once.
     */
    public static int options(Bundle bundle) {
        return bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATOR) == null ? 0 : Bundle.START_ACTIVATION_POLICY;
    }

    /**
     * {@return whether a bundle is active, or waits for its first class as its activation policy says} One whose activator
     * has stopped it while it started is left by Felix as active, and has no context: it can do nothing.
     */
    public static boolean isUp(Bundle bundle) {
        return bundle.getState() == Bundle.ACTIVE && bundle.getBundleContext() != null
                || bundle.getState() == Bundle.STARTING;
    }

    /** {@return more on why an active bundle does not count as such; empty where there is no more} */
    static String whyNot(Bundle bundle) {
        return bundle.getState() == Bundle.ACTIVE ? ": it has stopped itself while it started" : "";
    }
}
