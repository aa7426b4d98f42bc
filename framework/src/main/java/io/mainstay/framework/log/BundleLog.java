package io.mainstay.framework.log;

import io.mainstay.framework.failure.Causes;
import java.lang.reflect.InvocationHandler;
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

    private void attach(ServiceReference<?> reference) {
        Object reader = context.getService(reference);
        if (reader == null) {
            return;
        }
        try {
            Class<?> type = type(reader.getClass(), READER);
            if (type != null) {
                Method add = method(type, "addLogListener");
                Class<?> listener = add.getParameterTypes()[0];
                add.invoke(
                        reader,
                        Proxy.newProxyInstance(
                                listener.getClassLoader(), new Class<?>[] {listener}, new Listener(this)));
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("Cannot listen to the Log Service of {}", reference.getBundle(), e);
        }
    }

    /** All of one log are equal: a listener that is there already is not added twice. */
    private record Listener(BundleLog log) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) {
            return switch (method.getName()) {
                case "logged" -> {
                    write(arguments[0]);
                    yield null;
                }
                case "equals" ->
                    arguments[0] != null
                            && Proxy.isProxyClass(arguments[0].getClass())
                            && Proxy.getInvocationHandler(arguments[0]) instanceof Listener other
                            && other.log == log;
                case "hashCode" -> System.identityHashCode(log);
                default -> "the log of the host";
            };
        }
    }

    /** {@return the type of this name that a class is of, directly or not; null if it is not} */
    private static Class<?> type(Class<?> from, String name) {
        for (Class<?> type = from; type != null; type = type.getSuperclass()) {
            for (Class<?> offered : type.getInterfaces()) {
                Class<?> found = offered.getName().equals(name) ? offered : type(offered, name);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
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
            Logger logger = LoggerFactory.getLogger(name(bundle));
            boolean event = String.valueOf(ask(entry, "getLoggerName")).startsWith(EVENTS);
            if (level == ERROR) {
                Causes.log(logger, message, failure);
            } else if (level == WARNING) {
                logger.warn("{}", message, Causes.loggable(failure));
            } else if (level <= INFO && !event) {
                logger.info("{}", message, Causes.loggable(failure));
            } else {
                logger.debug("{}", message, Causes.loggable(failure));
            }
        } catch (ReflectiveOperationException | RuntimeException | LinkageError | AssertionError e) {
            LOG.warn(
                    "An entry of the Log Service cannot be read: {}",
                    e.getClass().getName());
        }
    }

    private static String name(Bundle bundle) {
        return bundle == null
                ? "osgi"
                : bundle.getSymbolicName() == null ? bundle.getLocation() : bundle.getSymbolicName();
    }

    /** {@return what a method of the entry's public type gives; null where the API is too old to have it} */
    private static Object ask(Object entry, String name) throws ReflectiveOperationException {
        Class<?> type = type(entry.getClass(), "org.osgi.service.log.LogEntry");
        try {
            return type == null ? null : type.getMethod(name).invoke(entry);
        } catch (NoSuchMethodException olderApi) {
            return null;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
