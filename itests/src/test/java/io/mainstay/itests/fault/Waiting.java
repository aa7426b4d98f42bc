package io.mainstay.itests.fault;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Starts when the test lets it: a system property is all that a bundle and its test share here. */
public final class Waiting implements BundleActivator {
    /** Called by the framework. */
    public Waiting() {}

    @Override
    public void start(BundleContext context) throws InterruptedException {
        if (System.getProperty("mainstay.itests.gate") == null) {
            System.setProperty("mainstay.itests.gate", "reached");
        }
        while (!System.getProperty("mainstay.itests.gate").equals("open")) {
            Thread.sleep(20);
        }
    }

    @Override
    public void stop(BundleContext context) {
        // nothing was begun
    }
}
