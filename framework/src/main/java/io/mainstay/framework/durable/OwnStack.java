package io.mainstay.framework.durable;

import java.lang.StackWalker.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The classes whose code the current thread is in, the innermost first. Each caller asks for them that a change holds, while all wait, and
 * wants no names of methods: {@link StackWalker} can do without these from Java 22 on, and takes five to ten times as long before.
 */
final class OwnStack {
    private static final int WALKS_WITHOUT_METHODS = 22;
    private static final Supplier<List<Class<?>>> STACK =
            Runtime.version().feature() < WALKS_WITHOUT_METHODS ? new Context()::classes : new Walk()::classes;

    private OwnStack() {}

    /** {@return the classes, one for each frame} */
    static List<Class<?>> classes() {
        return STACK.get();
    }

    private static final class Walk {
        private final StackWalker walker =
                StackWalker.getInstance(Set.of(Option.RETAIN_CLASS_REFERENCE, Option.valueOf("DROP_METHOD_INFO")));

        List<Class<?>> classes() {
            List<Class<?>> classes = new ArrayList<>();
            walker.forEach(frame -> classes.add(frame.getDeclaringClass()));
            return classes;
        }
    }

    /** Manages nothing: it can say whose code it is called from. Not loaded where Java may have given up its base. */
    @SuppressWarnings("removal")
    private static final class Context extends SecurityManager {
        List<Class<?>> classes() {
            return List.of(getClassContext());
        }
    }
}
