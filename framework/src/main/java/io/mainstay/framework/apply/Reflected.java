package io.mainstay.framework.apply;

import io.mainstay.framework.failure.Causes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.osgi.framework.BundleException;

/**
 * An object of an API that bundles bring themselves. The system bundle does not see its types, and must not export them:
 * that would change how the bundles are wired.
 *
 * @param target the object
 */
record Reflected(Object target) {

    /**
     * Calls a method of a public type that the object has.
     *
     * @throws BundleException if the object has no such type or method, or if the method throws
     */
    Object call(String type, String method, Object... arguments) throws BundleException {
        Method found = Arrays.stream(type(type).getMethods())
                .filter(candidate ->
                        candidate.getName().equals(method) && candidate.getParameterCount() == arguments.length)
                .findFirst()
                .orElseThrow(() -> new BundleException(type + " has no method " + method));
        try {
            return found.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw new BundleException(Causes.oneLine(e.getCause()), e.getCause());
        } catch (IllegalAccessException e) {
            throw new BundleException(type + " cannot be called: " + e.getMessage(), e);
        }
    }

    private Class<?> type(String name) throws BundleException {
        Deque<Class<?>> open = new ArrayDeque<>();
        open.add(target.getClass());
        while (!open.isEmpty()) {
            Class<?> type = open.remove();
            if (type.getName().equals(name)) {
                return type;
            }
            if (type.getSuperclass() != null) {
                open.add(type.getSuperclass());
            }
            open.addAll(Arrays.asList(type.getInterfaces()));
        }
        throw new BundleException(target.getClass().getName() + " is no " + name);
    }

    /** {@return a public field's value; null if there is no such field, as in older versions of an API} */
    Object field(String name) {
        try {
            return target.getClass().getField(name).get(target);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** {@return a public field's text; empty where there is none} */
    String text(String name) {
        Object value = field(name);
        return value == null ? "" : value.toString();
    }

    /** {@return the elements of a public field that is an array; none where there is no array} */
    Reflected[] elements(String name) {
        return field(name) instanceof Object[] array
                ? Arrays.stream(array).map(Reflected::new).toArray(Reflected[]::new)
                : new Reflected[0];
    }
}
