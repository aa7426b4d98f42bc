package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The life cycle that users of some services lead them through: a servlet is initialised before its first request, and
 * destroyed after its last. A stable object leads each target through it, with what its user gave it; so no request meets
 * a servlet that is not ready.
 */
final class Lifecycle {
    private static final Map<String, String> INIT = Map.of(
            "jakarta.servlet.Servlet", "jakarta.servlet.ServletConfig",
            "javax.servlet.Servlet", "javax.servlet.ServletConfig",
            "jakarta.servlet.Filter", "jakarta.servlet.FilterConfig",
            "javax.servlet.Filter", "javax.servlet.FilterConfig");

    private final Method init;
    private final Method destroy;

    private Lifecycle(Method init, Method destroy) {
        this.init = init;
        this.destroy = destroy;
    }

    /** {@return the life cycle that one of these types has} */
    static Optional<Lifecycle> of(List<Class<?>> types) {
        return types.stream()
                .filter(type -> INIT.containsKey(type.getName()))
                .findFirst()
                .map(Lifecycle::of);
    }

    private static Lifecycle of(Class<?> type) {
        try {
            for (Method method : type.getMethods()) {
                if (isInit(method)) {
                    return new Lifecycle(method, type.getMethod("destroy"));
                }
            }
            throw new IllegalStateException(type + " has no init");
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no destroy", e);
        }
    }

    /** {@return whether a user begins the life cycle by this} */
    static boolean isInit(Method method) {
        return method.getName().equals("init")
                && method.getParameterCount() == 1
                && method.getParameterTypes()[0]
                        .getName()
                        .equals(INIT.get(method.getDeclaringClass().getName()));
    }

    /** {@return whether a user ends the life cycle by this} */
    static boolean isDestroy(Method method) {
        return method.getName().equals("destroy")
                && method.getParameterCount() == 0
                && INIT.containsKey(method.getDeclaringClass().getName());
    }

    void begin(Object target, Object configuration) {
        call(init, target, configuration);
    }

    void end(Object target) {
        call(destroy, target);
    }

    private static void call(Method method, Object target, Object... arguments) {
        try {
            method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    target.getClass().getName() + "." + method.getName() + " failed: " + Causes.oneLine(e.getCause()),
                    e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("A public method of an interface cannot be called: " + method, e);
        }
    }
}
