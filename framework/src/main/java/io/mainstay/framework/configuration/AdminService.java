package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Calls a Configuration Admin (Compendium 8.1, 104.15). By reflection: the system bundle has no part in that package, so
 * that bundles go on getting it from where they always did.
 */
final class AdminService {
    static final String INTERFACE = "org.osgi.service.cm.ConfigurationAdmin";

    private final Object admin;
    private final Class<?> adminType;
    private final Class<?> configurationType;

    AdminService(Object admin) {
        this.admin = admin;
        try {
            ClassLoader loader = admin.getClass().getClassLoader();
            this.adminType = loader.loadClass(INTERFACE);
            this.configurationType = loader.loadClass("org.osgi.service.cm.Configuration");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("Not a Configuration Admin: " + admin, e);
        }
    }

    /** {@return whether a configuration can be made that has its very PID} Others have one made up for them. */
    static boolean canMake(Configuration configuration) {
        return configuration.factoryPid().isEmpty()
                || configuration.pid().startsWith(configuration.factoryPid().get() + "~");
    }

    /** Makes a configuration what is wanted; listeners are called. What is so already is left as it is. */
    void set(Optional<Configuration> now, Configuration wanted) {
        String location = wanted.location().isEmpty() ? null : wanted.location();
        Object configuration = get(wanted, location);
        if (now.filter(one -> one.location().equals(wanted.location())).isEmpty()
                && !Objects.equals(location, call(configurationType, configuration, "getBundleLocation"))) {
            call(configurationType, configuration, "setBundleLocation", String.class, location);
        }
        if (now.filter(one -> one.properties().equals(wanted.properties())).isEmpty()) {
            update(configuration, wanted);
        }
    }

    private void update(Object configuration, Configuration wanted) {
        Dictionary<String, Object> properties = new Hashtable<>();
        wanted.properties().forEach((name, value) -> properties.put(name, value.toObject()));
        boolean locked = unlock(configuration);
        call(configurationType, configuration, "update", Dictionary.class, properties);
        if (locked) {
            attributes(configuration, "addAttributes");
        }
    }

    private Object get(Configuration wanted, String location) {
        String pid = wanted.pid();
        if (wanted.factoryPid().isEmpty()) {
            return call(adminType, admin, "getConfiguration", pid, location);
        }
        String factory = wanted.factoryPid().get();
        return canMake(wanted)
                ? call(
                        adminType,
                        admin,
                        "getFactoryConfiguration",
                        factory,
                        pid.substring(factory.length() + 1),
                        location)
                : call(adminType, admin, "getConfiguration", pid, location);
    }

    void delete(String pid) {
        call(configurationType, call(adminType, admin, "getConfiguration", pid, null), "delete");
    }

    /** Takes away the read-only mark, which is for administrators and not for changes; {@return whether there was one} */
    private boolean unlock(Object configuration) {
        if (!hasAttributes() || ((Set<?>) call(configurationType, configuration, "getAttributes")).isEmpty()) {
            return false;
        }
        attributes(configuration, "removeAttributes");
        return true;
    }

    /** Since version 1.6 of the specification. */
    private boolean hasAttributes() {
        for (Method method : configurationType.getMethods()) {
            if (method.getName().equals("getAttributes")) {
                return true;
            }
        }
        return false;
    }

    private void attributes(Object configuration, String method) {
        for (Method one : configurationType.getMethods()) {
            if (one.getName().equals(method)) {
                Object all = one.getParameterTypes()[0].getComponentType().getEnumConstants();
                invoke(one, configuration, all);
            }
        }
    }

    private static Object call(Class<?> type, Object on, String name) {
        return invoke(method(type, name), on);
    }

    /** Calls a method whose arguments are all texts, any of them null. */
    private static Object call(Class<?> type, Object on, String name, String... arguments) {
        Class<?>[] types = new Class<?>[arguments.length];
        Arrays.fill(types, String.class);
        return invoke(method(type, name, types), on, (Object[]) arguments);
    }

    private static <T> Object call(Class<?> type, Object on, String name, Class<T> parameter, T argument) {
        return invoke(method(type, name, parameter), on, argument);
    }

    private static Method method(Class<?> type, String name, Class<?>... parameters) {
        try {
            return type.getMethod(name, parameters);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("This Configuration Admin has no " + name, e);
        }
    }

    private static Object invoke(Method method, Object on, Object... arguments) {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    "Configuration Admin refuses to " + method.getName() + ": " + e.getCause(), e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Cannot call " + method, e);
        }
    }
}
