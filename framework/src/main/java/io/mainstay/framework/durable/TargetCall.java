package io.mainstay.framework.durable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;

/**
 * Calls one method of the targets of a generated class. Each reset brings a class from a new loader; what the compiler
 * has learnt of the old ones would make calls through an ordinary instruction slow for ever. So this is linked anew for
 * the class that most targets have now.
 */
final class TargetCall extends MutableCallSite {
    private static final MethodHandle IS_EXACTLY;

    static {
        try {
            IS_EXACTLY = MethodHandles.lookup()
                    .findStatic(
                            TargetCall.class,
                            "isExactly",
                            MethodType.methodType(boolean.class, Class.class, Object.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private final MethodHandle any;

    TargetCall(MethodHandle any) {
        super(any);
        this.any = any;
    }

    private static boolean isExactly(Class<?> type, Object target) {
        return target.getClass() == type;
    }

    /** Links for targets of this class, which others than those do not suffer from. */
    void expect(Class<?> type) {
        MethodType all = any.type();
        if (!all.parameterType(0).isAssignableFrom(type)) {
            expectAny(); // a method of an interface that this class does not have
            return;
        }
        MethodHandle exact = any.asType(all.changeParameterType(0, type)).asType(all);
        MethodHandle test = IS_EXACTLY.bindTo(type).asType(MethodType.methodType(boolean.class, all.parameterType(0)));
        setTarget(MethodHandles.guardWithTest(test, exact, any));
    }

    /** Forgets what it was linked for. */
    void expectAny() {
        setTarget(any);
    }
}
