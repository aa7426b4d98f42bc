package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life cycle that users of some services lead them through: a servlet is initialised before its first request, and
 * destroyed after its last. A stable object leads each target through it, with all that its users gave it: one for each
 * context that it serves in. So no request meets a servlet that is not ready.
 *
 * <p>Thread-safe; guarded by this, but for the calls to targets.
 */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private static final Map<String, String> INIT = Map.of(
            "jakarta.servlet.Servlet", "jakarta.servlet.ServletConfig",
            "javax.servlet.Servlet", "javax.servlet.ServletConfig",
            "jakarta.servlet.Filter", "jakarta.servlet.FilterConfig",
            "javax.servlet.Filter", "javax.servlet.FilterConfig");

    /** How each kind of service begins; none for most services. */
    private final List<Method> beginnings = new ArrayList<>();

    private final List<Method> ends = new ArrayList<>();
    /** What users have begun it with, and not ended yet. */
    private final List<Object> configurations = new ArrayList<>();
    /** Whether a user has tried to begin, and the target threw: its user will not try again. */
    private boolean failed;

    /** Makes the life cycle of a service with these types. */
    Lifecycle(List<Class<?>> types) {
        for (Class<?> type : types) {
            for (Method method : type.getMethods()) {
                if (isInit(method)) {
                    beginnings.add(method);
                } else if (isDestroy(method)) {
                    ends.add(method);
                }
            }
        }
    }

    /** {@return whether users lead services of these types through a life cycle} */
    static boolean isLed(List<Class<?>> types) {
        return types.stream().map(Class::getMethods).flatMap(Stream::of).anyMatch(Lifecycle::isInit);
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

    /** Says that a user has tried to begin it, and it threw. */
    synchronized void failed() {
        failed = true;
    }

    /** Says that a user has begun it. */
    synchronized void begun(Object configuration) {
        failed = false;
        configurations.add(configuration);
    }

    /** {@return whether there is nothing to begin now; what comes next is begun with this} */
    synchronized boolean defersBegin(Object configuration, BooleanSupplier nothing) {
        boolean defers = nothing.getAsBoolean();
        if (defers) {
            begun(configuration);
        }
        return defers;
    }

    /** Says that a user has ended what it began last. */
    synchronized void ended() {
        if (!configurations.isEmpty()) {
            configurations.remove(configurations.size() - 1);
        }
    }

    /** {@return whether there is nothing to end now; what comes next is not begun with what a user began last} */
    synchronized boolean defersEnd(BooleanSupplier nothing) {
        boolean defers = nothing.getAsBoolean();
        if (defers) {
            ended();
        }
        return defers;
    }

    /** {@return whether its user has given it up, because a target could not be begun} */
    synchronized boolean hasFailed() {
        return failed && configurations.isEmpty();
    }

    /** Begins to lead a target to where its users believe it to be. */
    Leading lead(Object target) {
        return new Leading(target);
    }

    /** One target on its way to where its users believe it to be: these may begin and end it meanwhile. For one thread. */
    final class Leading {
        private final Object target;
        private final List<Object> begunWith = new ArrayList<>();

        private Leading(Object target) {
            this.target = target;
        }

        /**
         * Begins it with all that users have begun by now.
         *
         * @throws IllegalStateException if it cannot be begun; it is ended then
         */
        void begin() {
            finish(() -> null);
        }

        /**
         * As {@link #begin}, and does something at a moment when there is nothing more to begin or to end.
         *
         * @return what that gives
         * @throws IllegalStateException if it cannot be begun; it is ended then
         */
        Object finish(Supplier<Object> then) {
            while (true) {
                List<Object> missing;
                List<Object> surplus;
                synchronized (Lifecycle.this) {
                    missing = without(configurations, begunWith);
                    surplus = without(begunWith, configurations);
                    if (missing.isEmpty() && surplus.isEmpty()) {
                        return then.get();
                    }
                }
                surplus.forEach(begunWith::remove);
                end(target, surplus.size());
                missing.forEach(this::begin);
            }
        }

        private void begin(Object configuration) {
            try {
                for (Method init : beginnings) {
                    if (init.getParameterTypes()[0].isInstance(configuration)) {
                        Lifecycle.begin(init, target, configuration);
                    }
                }
                begunWith.add(configuration);
            } catch (RuntimeException e) {
                undo();
                throw e;
            }
        }

        /** Ends what was begun. */
        void undo() {
            end(target, begunWith.size());
            begunWith.clear();
        }
    }

    /** Two of the same users may begin with equal things. */
    private static List<Object> without(List<Object> some, List<Object> others) {
        List<Object> left = new ArrayList<>(some);
        others.forEach(left::remove);
        return left;
    }

    private static void begin(Method init, Object target, Object configuration) {
        try {
            init.invoke(target, configuration);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    target.getClass().getName() + ".init failed: " + Causes.oneLine(e.getCause()),
                    Causes.loggable(e.getCause()));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("A public method of an interface cannot be called: " + init, e);
        }
    }

    /**
     * What its users find no more.
     *
     * @param target may be null
     * @param begun how often it was begun, and not ended yet
     */
    record Taken(Object target, int begun) {}

    /** Takes the target out. */
    synchronized Taken take(Supplier<Object> how) {
        return new Taken(how.get(), configurations.size());
    }

    /** Ends a target as its users would; what it throws is no reason to keep it. */
    void end(Object target, int times) {
        for (int i = 0; i < times; i++) {
            try {
                ends.get(0).invoke(target);
            } catch (InvocationTargetException e) {
                Causes.log(LOG, target.getClass().getName() + ".destroy failed", e.getCause());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("A public method of an interface cannot be called: " + ends, e);
            }
        }
    }
}
