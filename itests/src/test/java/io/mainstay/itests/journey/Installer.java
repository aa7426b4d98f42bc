package io.mainstay.itests.journey;

import java.io.IOException;
import java.io.InputStream;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** Installs, past the store, the jar that its bundle carries: what tools for files do. */
public final class Installer implements BundleActivator {
    /** Where the jar is in the bundle. */
    public static final String JAR = "inner.jar";
    /** Where it is installed. */
    public static final String LOCATION = "inputstream:inner.jar";

    @Override
    public void start(BundleContext context) throws BundleException, IOException {
        if (context.getBundle(LOCATION) == null) {
            try (InputStream bytes = context.getBundle().getResource(JAR).openStream()) {
                context.installBundle(LOCATION, bytes).start();
            }
        }
    }

    @Override
    public void stop(BundleContext context) {
        // what it installed stays, as it does with other tools
    }
}
