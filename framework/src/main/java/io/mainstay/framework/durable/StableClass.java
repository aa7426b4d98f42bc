package io.mainstay.framework.durable;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The generated class of all stable objects of one bundle that have the same interfaces. One per bundle, so that a frame
 * of it on a stack tells whose service is being called; not one per service, so that a call site that sees many services
 * of a bundle sees one class.
 *
 * <p>How a call finds its target: through a call site that is shared by all methods and instances. While there is one
 * instance, it gives the target as a constant, which compiles to nothing. With more, it gives the instance's field. While
 * calls are held, it gives null to everybody, and the gate decides. Linking it anew makes the virtual machine drop all
 * compiled code that knows the old target, so that after {@link #close} no caller has it but those within a call.
 *
 * <p>Thread-safe; guarded by this.
 */
final class StableClass {
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final MethodType TARGET = MethodType.methodType(Object.class, Object.class);
    private static final MethodHandle NOBODY = MethodHandles.empty(TARGET);

    private final List<Class<?>> interfaces;
    private final Class<?> type;
    private final MethodHandle constructor;
    private final VarHandle field;
    private final MethodHandle getter;
    private final MutableCallSite targetSite = new MutableCallSite(NOBODY);
    private final List<TargetCall> calls = new ArrayList<>();
    private final List<StableObject> instances = new ArrayList<>();
    /** Whether there was never more than one: then its target is that of all proxies there are. */
    private boolean alone = true;

    private boolean hasMade;
    /** How many targets there are of each class. */
    private final Map<Class<?>, Integer> targets = new HashMap<>();
    /** What calls are made for; Object for anything. */
    private Class<?> expected = Object.class;

    private boolean closed;

    /**
     * Generates a class.
     *
     * @throws ReflectiveOperationException if the interfaces cannot be implemented by others than their bundle
     */
    StableClass(List<Class<?>> interfaces, StableClassWriter.Callers callers) throws ReflectiveOperationException {
        String name = interfaces.stream()
                        .filter(one -> !java.lang.reflect.Modifier.isPublic(one.getModifiers()))
                        .findFirst()
                        .map(one -> one.getPackageName() + ".")
                        .orElse("io.mainstay.stable.")
                + interfaces.get(0).getSimpleName() + "$Stable" + NUMBERS.incrementAndGet();
        this.interfaces = List.copyOf(interfaces);
        try {
            byte[] code = new StableClassWriter(name, interfaces, callers).write();
            type = StableClassLoader.define(name, code, interfaces);
            StableCalls.own(type, this);
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            constructor = lookup.findConstructor(type, MethodType.methodType(void.class, Gate.class))
                    .asType(MethodType.methodType(Object.class, Gate.class));
            field = lookup.findVarHandle(type, "target", Object.class);
            // opaque: a loop that reads it again and again sees that it has changed
            getter = field.toMethodHandle(VarHandle.AccessMode.GET_OPAQUE).asType(TARGET);
        } catch (LinkageError e) {
            throw new ReflectiveOperationException("Cannot stand for " + interfaces + ": " + e, e);
        }
    }

    /** {@return what its objects implement} */
    List<Class<?>> interfaces() {
        return interfaces;
    }

    /** {@return the generated class's name, as stacks show it} */
    String name() {
        return type.getName();
    }

    /** Makes the object that others hold. It has no target yet. */
    synchronized Object make(StableObject instance) {
        try {
            Object made = constructor.invokeExact((Gate) instance);
            if (alone && hasMade) {
                alone = false; // for good: those that were dropped may still be held
                link();
            }
            hasMade = true;
            instances.add(instance);
            return made;
        } catch (Throwable e) {
            throw new IllegalStateException("A generated class does not work: " + type, e);
        }
    }

    /** Makes what stands for a factory, of a class that sees the same types. */
    StableFactory makeFactory(boolean prototypes, Owner owner, String label) {
        Class<?> base = prototypes ? StablePrototypeFactory.class : StableFactory.class;
        try {
            String factoryName = name() + "$Factory" + NUMBERS.incrementAndGet();
            Class<?> made =
                    StableClassLoader.define(factoryName, StableClassWriter.subclass(factoryName, base), interfaces);
            return (StableFactory) MethodHandles.publicLookup()
                    .findConstructor(made, MethodType.methodType(void.class, Object.class, Object.class, String.class))
                    .invoke((Object) this, (Object) owner, label);
        } catch (Throwable e) {
            throw new IllegalStateException("A generated factory does not work: " + name(), e);
        }
    }

    /** {@return whether it has no objects any more} */
    synchronized boolean unused() {
        return instances.isEmpty();
    }

    /** Takes out an object that nobody is given any more. */
    synchronized void drop(StableObject instance) {
        instances.remove(instance);
        field.setVolatile(instance.proxy(), null);
        link();
        expectUsual(); // whoever keeps the object does not keep the class that was behind it
    }

    /** Lets nobody through without asking the gate. After this, only calls that have begun know their target. */
    synchronized void close() {
        closed = true;
        instances.forEach(instance -> field.setVolatile(instance.proxy(), null));
        link();
    }

    /** Lets all through to the targets that their objects have now. */
    synchronized void open() {
        closed = false;
        instances.forEach(instance -> field.setVolatile(instance.proxy(), instance.target()));
        expectUsual();
        link();
    }

    /** Takes over that an object has got another target. */
    synchronized void exchange(StableObject instance, Object before, Object after) {
        count(before, -1);
        count(after, 1);
        if (!closed) {
            field.setVolatile(instance.proxy(), after);
            expectUsual();
            link();
        }
    }

    private void count(Object target, int more) {
        if (target != null) {
            targets.merge(target.getClass(), more, (one, other) -> one + other == 0 ? null : one + other);
        }
    }

    /** Has calls made for the class that most targets have; nothing is kept of one that is gone. */
    private void expectUsual() {
        int most = targets.getOrDefault(expected, 0);
        Class<?> usual = most == 0 ? Object.class : expected;
        for (Map.Entry<Class<?>, Integer> one : targets.entrySet()) {
            if (one.getValue() > most) {
                most = one.getValue();
                usual = one.getKey();
            }
        }
        if (usual != expected) {
            expected = usual;
            calls.forEach(this::expect);
            sync(calls);
        }
    }

    /** Says how a target is found: not at all, as a constant, or in the instance. */
    private void link() {
        if (closed || instances.isEmpty()) {
            link(NOBODY);
        } else if (alone && instances.get(0).target() != null) {
            link(MethodHandles.dropArguments(
                    MethodHandles.constant(Object.class, instances.get(0).target()), 0, Object.class));
        } else {
            link(getter);
        }
    }

    private void expect(TargetCall call) {
        if (expected == Object.class) {
            call.expectAny();
        } else {
            call.expect(expected);
        }
    }

    private void link(MethodHandle target) {
        targetSite.setTarget(target);
        sync(List.of(targetSite));
    }

    private static void sync(List<? extends MutableCallSite> sites) {
        MutableCallSite.syncAll(sites.toArray(new MutableCallSite[0]));
    }

    CallSite targetSite() {
        return targetSite;
    }

    synchronized CallSite callSite(MethodHandle method) {
        TargetCall call = new TargetCall(method);
        calls.add(call);
        expect(call);
        return call;
    }
}
