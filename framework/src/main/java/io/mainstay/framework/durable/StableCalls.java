package io.mainstay.framework.durable;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Links the call sites of generated classes. Public for them only. */
public final class StableCalls {
    private static final ClassValue<StableClass[]> OWNERS = new ClassValue<>() {
        @Override
        protected StableClass[] computeValue(Class<?> type) {
            return new StableClass[1];
        }
    };

    private StableCalls() {}

    /** Says whose a generated class is, before it is used. */
    static void own(Class<?> generated, StableClass owner) {
        OWNERS.get(generated)[0] = owner;
    }

    /** Links a call site that gives the target of a stable object, or null. */
    public static CallSite target(MethodHandles.Lookup caller, String name, MethodType type) {
        return OWNERS.get(caller.lookupClass())[0].targetSite();
    }

    /**
     * Links a call site that calls a method of a target. It takes any object: to ask one whether it has an interface takes
     * longer than to ask for its class, which the call site does anyway.
     *
     * @param owner the interface that has the method
     */
    public static CallSite call(MethodHandles.Lookup caller, String name, MethodType type, Class<?> owner)
            throws ReflectiveOperationException {
        return OWNERS.get(caller.lookupClass())[0].callSite(
                caller.findVirtual(owner, name, type.dropParameterTypes(0, 1)));
    }
}
