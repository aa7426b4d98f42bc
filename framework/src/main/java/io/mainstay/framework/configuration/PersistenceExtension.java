package io.mainstay.framework.configuration;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands behind Configuration Admin: Apache Felix's asks a {@code PersistenceManager} service for what it holds. The
 * service is registered just before a bundle that brings that interface starts, and goes when it has stopped. The system
 * bundle has no part in the package, so the service is a proxy of the bundle's own interface. Thread-safe.
 */
final class PersistenceExtension implements SynchronousBundleListener {
    private static final Logger LOG = LoggerFactory.getLogger(PersistenceExtension.class);
    private static final String PACKAGE = "org.apache.felix.cm";
    private static final String INTERFACE = PACKAGE + ".PersistenceManager";

    private final BundleContext system;
    private final HeldConfigurations held;
    private final Runnable changed;
    private final Map<Long, ServiceRegistration<?>> served = new ConcurrentHashMap<>();

    /**
     * Makes an extension.
     *
     * @param changed told on the writer's thread, with locks of Configuration Admin held: it must not wait
     */
    PersistenceExtension(BundleContext system, HeldConfigurations held, Runnable changed) {
        this.system = system;
        this.held = held;
        this.changed = changed;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if (event.getType() == BundleEvent.STARTING) {
            serve(event.getBundle());
        } else if (event.getType() == BundleEvent.STOPPED) {
            leave(event.getBundle());
        }
    }

    /** {@return whether the Configuration Admin of {@code bundle} holds its configurations here} */
    boolean serves(Bundle bundle) {
        return served.containsKey(bundle.getBundleId());
    }

    /** Has every Configuration Admin forget what it knows, and load it anew. Its service goes and comes. */
    void reload() {
        for (Bundle bundle : system.getBundles()) {
            if (serves(bundle)) {
                leave(bundle);
                serve(bundle);
            }
        }
    }

    private void serve(Bundle bundle) {
        if (!bringsTheInterface(bundle)) {
            return;
        }
        try {
            Class<?> type = bundle.loadClass(INTERFACE);
            Object manager = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Manager(bundle));
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put("name", LiveConfigurations.PERSISTENCE_NAME);
            served.put(bundle.getBundleId(), system.registerService(INTERFACE, manager, properties));
        } catch (ClassNotFoundException | RuntimeException | LinkageError e) {
            LOG.error("Cannot hold the configurations of {} in the store", bundle, e);
        }
    }

    /** A bundle may also have a Configuration Admin inside, and export nothing of it: that one would wait for us for ever. */
    private static boolean bringsTheInterface(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return bundle.getEntry(INTERFACE.replace('.', '/') + ".class") != null
                || revision != null
                        && revision.getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE).stream()
                                .anyMatch(exported -> PACKAGE.equals(
                                        exported.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)));
    }

    private void leave(Bundle bundle) {
        ServiceRegistration<?> registration = served.remove(bundle.getBundleId());
        if (registration != null) {
            registration.unregister();
        }
    }

    /** Answers as a {@code PersistenceManager}. */
    private final class Manager implements InvocationHandler {
        private final Bundle admin;

        Manager(Bundle admin) {
            this.admin = admin;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws IOException {
            return switch (method.getName()) {
                case "exists" -> held.exists((String) arguments[0]);
                case "load" -> load((String) arguments[0]);
                case "getDictionaries" -> Collections.enumeration(held.all());
                case "store" -> store((String) arguments[0], (Dictionary<?, ?>) arguments[1]);
                case "delete" -> delete((String) arguments[0]);
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                case "toString" -> "the configurations of the store";
                default -> throw new UnsupportedOperationException(method.toString());
            };
        }

        private Object load(String pid) throws IOException {
            return held.load(pid).orElseThrow(() -> new IOException("There is no configuration " + pid));
        }

        private Object store(String pid, Dictionary<?, ?> dictionary) throws IOException {
            try {
                held.store(pid, HeldDictionary.of(dictionary), CallingBundle.find(admin));
            } catch (IllegalArgumentException e) {
                throw new IOException("Configuration " + pid + " cannot be stored: " + e.getMessage(), e);
            }
            changed.run();
            return null;
        }

        private Object delete(String pid) {
            held.delete(pid, CallingBundle.find(admin));
            changed.run();
            return null;
        }
    }
}
