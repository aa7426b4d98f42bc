package io.mainstay.itests.journey;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Fails to start if the JDK, asking its class loader, gets what is on the launcher's class path. */
public final class LookingAround implements BundleActivator {
    /** A file that names a class of the launcher's as a service. */
    public static final String SERVICES = "META-INF/services/java.lang.Runnable";

    /** The class. */
    public static final String CLASS = "ch.qos.logback.classic.LoggerContext";

    /** Made by the framework. */
    public LookingAround() {}

    @Override
    public void start(BundleContext context) {
        try {
            ServiceLoader.load(Runnable.class, LookingAround.class.getClassLoader())
                    .findFirst();
        } catch (ServiceConfigurationError e) {
            if (e.getMessage().contains("not found")) {
                return;
            }
        }
        throw new IllegalStateException("The launcher's logging is seen");
    }

    @Override
    public void stop(BundleContext context) {
        // nothing was begun
    }
}
