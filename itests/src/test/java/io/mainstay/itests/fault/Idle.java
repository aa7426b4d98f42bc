package io.mainstay.itests.fault;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Starts and stops bundles of these tests, which do nothing. Each has its own copy. */
public final class Idle implements BundleActivator {
    /** Called by the framework. */
    public Idle() {}

    @Override
    public void start(BundleContext context) {
        // being started is all
    }

    @Override
    public void stop(BundleContext context) {
        // and being stopped
    }
}
