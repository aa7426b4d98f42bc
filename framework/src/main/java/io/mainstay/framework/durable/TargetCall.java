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

    private final MethodHandle method;
    private final MethodHandle any;

    /** @param method of an interface; the call takes any object in its place */
    TargetCall(MethodHandle method) {
        super(method.type().changeParameterType(0, Object.class));
        this.method = method;
        this.any = method.asType(type());
        expectAny();
    }

    private static boolean isExactly(Class<?> type, Object target) {
        return target.getClass() == type;
    }

    /**
     * Links for targets of this class, which others than those do not suffer from. The method is not asked to become of
     * that type: it would remember it, softly from Java 20 on, when it is of code that is gone.
     */
    void expect(Class<?> type) {
        if (!method.type().parameterType(0).isAssignableFrom(type)) {
            expectAny(); // a method of an interface that this class does not have
            return;
        }
        MethodHandle cast = MethodHandles.identity(type)
                .asType(MethodType.methodType(method.type().parameterType(0), Object.class));
        MethodHandle exact = MethodHandles.filterArguments(method, 0, cast);
        setTarget(MethodHandles.guardWithTest(IS_EXACTLY.bindTo(type), exact, any));
    }

    /** Forgets what it was linked for. */
    void expectAny() {
        setTarget(any);
    }
}
