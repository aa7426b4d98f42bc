package io.mainstay.framework.log;

import io.mainstay.framework.failure.Causes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what bundles log by the OSGi Log Service (Compendium 101) into the host's log, each bundle under its symbolic
 * name. The system bundle does not see that API, and must not export it: so it is called by reflection. Thread-safe.
 */
public final class BundleLog {
    private static final Logger LOG = LoggerFactory.getLogger(BundleLog.class);
    private static final String READER = "org.osgi.service.log.LogReaderService";
    /** What the Log Service says of the framework's events on its own; errors among them are news all the same. */
    private static final String EVENTS = "Events.";

    private static final int ERROR = 1;
    private static final int WARNING = 2;
    private static final int INFO = 3;

    private final BundleContext context;

    private BundleLog(BundleContext context) {
        this.context = context;
    }

    /**
     * Begins to write.
     *
     * @param context the system bundle's
     * @return what ends it
     */
    public static Runnable begin(BundleContext context) {
        BundleLog log = new BundleLog(context);
        ServiceListener coming = event -> {
            if (event.getType() == ServiceEvent.REGISTERED) {
                log.attach(event.getServiceReference());
            }
        };
        BundleListener starting = log::attachAgain;
        try {
            context.addServiceListener(coming, "(" + Constants.OBJECTCLASS + "=" + READER + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        context.addBundleListener(starting);
        return () -> {
            context.removeServiceListener(coming);
            context.removeBundleListener(starting);
        };
    }

    /** New code of a log knows nothing of listeners to the old, behind the same service. */
    private void attachAgain(BundleEvent event) {
        ServiceReference<?>[] references =
                event.getType() == BundleEvent.STARTED ? event.getBundle().getRegisteredServices() : null;
        if (references != null) {
            for (ServiceReference<?> reference : references) {
                for (String type : (String[]) reference.getProperty(Constants.OBJECTCLASS)) {
                    if (type.equals(READER)) {
                        attach(reference);
                    }
                }
            }
        }
    }

    /** A listener that is there already is not added twice: its identity is that of this object. */
    private void attach(ServiceReference<?> reference) {
        Object reader = context.getService(reference);
        if (reader == null) {
            return;
        }
        try {
            Method add = null;
            for (Class<?> type : reader.getClass().getInterfaces()) {
                if (type.getName().equals(READER)) {
                    add = method(type, "addLogListener");
                }
            }
            if (add != null) {
                Class<?> listener = add.getParameterTypes()[0];
                add.invoke(
                        reader,
                        Proxy.newProxyInstance(
                                listener.getClassLoader(),
                                new Class<?>[] {listener},
                                (proxy, method, arguments) -> switch (method.getName()) {
                                    case "logged" -> {
                                        write(arguments[0]);
                                        yield null;
                                    }
                                    case "equals" -> proxy == arguments[0];
                                    case "hashCode" -> System.identityHashCode(this);
                                    default -> "the log of the host";
                                }));
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("Cannot listen to the Log Service of {}", reference.getBundle(), e);
        }
    }

    private static Method method(Class<?> type, String name) throws NoSuchMethodException {
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name)) {
                return method;
            }
        }
        throw new NoSuchMethodException(type.getName() + "." + name);
    }

    private static void write(Object entry) {
        try {
            Bundle bundle = (Bundle) ask(entry, "getBundle");
            int level = (int) ask(entry, "getLevel");
            String message = String.valueOf(ask(entry, "getMessage"));
            Throwable failure = (Throwable) ask(entry, "getException");
            Throwable told = failure == null ? null : Causes.loggable(failure);
            Logger logger = LoggerFactory.getLogger(bundle == null ? "osgi" : bundle.getSymbolicName());
            boolean event = String.valueOf(ask(entry, "getLoggerName")).startsWith(EVENTS);
            if (level <= ERROR) {
                logger.error("{}", message, told);
            } else if (level == WARNING) {
                logger.warn("{}", message, told);
            } else if (level == INFO && !event) {
                logger.info("{}", message, told);
            } else {
                logger.debug("{}", message, told);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("An entry of the Log Service cannot be read", e);
        }
    }

    /** {@return what a method of the entry's public type gives; null where the API is too old to have it} */
    private static Object ask(Object entry, String name) throws ReflectiveOperationException {
        for (Class<?> type = entry.getClass(); type != null; type = type.getSuperclass()) {
            for (Class<?> offered : type.getInterfaces()) {
                if (offered.getName().equals("org.osgi.service.log.LogEntry")) {
                    try {
                        return offered.getMethod(name).invoke(entry);
                    } catch (NoSuchMethodException olderApi) {
                        return null;
                    } catch (InvocationTargetException e) {
                        throw new IllegalStateException(e.getCause());
                    }
                }
            }
        }
        return null;
    }
}
