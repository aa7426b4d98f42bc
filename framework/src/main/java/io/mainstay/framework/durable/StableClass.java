package io.mainstay.framework.durable;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.Bundle;

/**
 * The generated class of all stable objects of one bundle that have the same interfaces. One per bundle, so that a frame
 * of it on a stack tells whose service is being called; not one per service, so that a call site that sees many services
 * of a bundle sees one class.
 *
 * <p>How a call finds its target: in the instance, at each call. While calls are held, there is none, and the gate decides. No compiled
 * code has to be dropped for that, which takes long where there are many callers. What is compiled expects the target that there is while
 * there is one instance, and the class that most targets have otherwise, but always looks; when that changes, it is dropped, while callers wait.
 *
 * <p>Thread-safe; guarded by this.
 */
final class StableClass {
    private static final String SUFFIX = "$Stable";
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final MethodType TARGET = MethodType.methodType(Object.class, Object.class);
    private static final MethodHandle IS;

    static {
        try {
            IS = MethodHandles.lookup()
                    .findStatic(
                            StableClass.class, "is", MethodType.methodType(boolean.class, Object.class, Object.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Those that were defined beside an interface that is not public, of each provider: they are there for as long as that. */
    private static final ClassValue<Map<Bundle, Map<List<Class<?>>, StableClass>>> BESIDE = new ClassValue<>() {
        @Override
        protected Map<Bundle, Map<List<Class<?>>, StableClass>> computeValue(Class<?> type) {
            return Collections.synchronizedMap(new WeakHashMap<>());
        }
    };

    private final List<Class<?>> interfaces;
    private final Class<?> type;
    /** What makes factories, by whether they are of prototypes. */
    private final Map<Boolean, MethodHandle> factories = new HashMap<>();

    private final MethodHandle constructor;
    private final VarHandle field;
    private final MethodHandle getter;
    private final MutableCallSite targetSite;
    private final List<TargetCall> calls = new ArrayList<>();
    private final List<StableObject> instances = new ArrayList<>();
    /** Whether there was never more than one: calls may expect its target. */
    private boolean alone = true;

    private boolean hasMade;
    /** The target that calls expect; null for any. */
    private Object usual;

    /** How many targets there are of each class. */
    private final Map<Class<?>, Integer> targets = new HashMap<>();
    /** What calls are made for; Object for anything. */
    private Class<?> expected = Object.class;

    private boolean closed;

    /**
     * Gives the class for services of a provider: a new one, except where one lasts that nobody uses any more.
     *
     * @throws ReflectiveOperationException if the interfaces cannot be implemented by others than their bundle
     */
    static StableClass of(Bundle provider, List<Class<?>> interfaces, StableClassWriter.Callers callers)
            throws ReflectiveOperationException {
        Optional<Class<?>> host = StableClassLoader.host(interfaces);
        if (host.isEmpty()) {
            return new StableClass(interfaces, callers);
        }
        Map<List<Class<?>>, StableClass> known =
                BESIDE.get(host.get()).computeIfAbsent(provider, other -> Collections.synchronizedMap(new HashMap<>()));
        StableClass found = known.get(interfaces);
        if (found == null) {
            found = new StableClass(interfaces, callers);
            known.put(List.copyOf(interfaces), found);
        }
        return found;
    }

    /**
     * Generates a class.
     *
     * @throws ReflectiveOperationException if the interfaces cannot be implemented by others than their bundle
     */
    StableClass(List<Class<?>> interfaces, StableClassWriter.Callers callers) throws ReflectiveOperationException {
        String name = StableClassLoader.host(interfaces)
                        .map(one -> one.getPackageName() + ".")
                        .orElse("io.mainstay.stable.")
                + interfaces.stream().findFirst().map(Class::getSimpleName).orElse("Mark")
                + SUFFIX
                + NUMBERS.incrementAndGet();
        this.interfaces = List.copyOf(interfaces);
        try {
            byte[] code = new StableClassWriter(name, interfaces, callers).write();
            type = StableClassLoader.define(name, code, interfaces);
            StableCalls.own(type, this);
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            lookup.ensureInitialized(type); // links it: now is the time to hear that it does not fit its interfaces
            constructor = lookup.findConstructor(type, MethodType.methodType(void.class, Gate.class))
                    .asType(MethodType.methodType(Object.class, Gate.class));
            field = lookup.findVarHandle(type, "target", Object.class);
            // opaque: it is read in each call, between the safepoints before and after it, and in no other place
            getter = field.toMethodHandle(VarHandle.AccessMode.GET_OPAQUE).asType(TARGET);
            targetSite = new MutableCallSite(getter);
        } catch (LinkageError e) {
            throw new ReflectiveOperationException("Cannot stand for " + interfaces + ": " + e, e);
        }
    }

    /** {@return whether a class may be a generated one, by its name} */
    static boolean isName(String name) {
        return name.contains(SUFFIX);
    }

    /** {@return what its objects implement} */
    List<Class<?>> interfaces() {
        return interfaces;
    }

    /** {@return whether users of one of these act when a service is registered} */
    boolean isToldAtRegistration() {
        return interfaces.stream().map(Class::getName).anyMatch(ServiceTypes::isToldAtRegistration);
    }

    /** {@return the generated class's name, as stacks show it} */
    String name() {
        return type.getName();
    }

    /** Makes the object that others hold. It has no target yet. */
    synchronized Object make(StableObject instance) {
        try {
            Object made = constructor.invokeExact((Gate) instance);
            alone &= !hasMade; // for good: those that were dropped may still be held
            hasMade = true;
            instances.add(instance);
            link();
            return made;
        } catch (Throwable e) {
            throw new IllegalStateException("A generated class does not work: " + type, e);
        }
    }

    /** Makes what stands for a factory, of a class that sees the same types. */
    StableFactory makeFactory(boolean prototypes, Owner owner, String label) {
        try {
            return (StableFactory) factoryConstructor(prototypes).invoke((Object) this, (Object) owner, label);
        } catch (Throwable e) {
            throw new IllegalStateException("A generated factory does not work: " + name(), e);
        }
    }

    private synchronized MethodHandle factoryConstructor(boolean prototypes) throws ReflectiveOperationException {
        MethodHandle known = factories.get(prototypes);
        if (known != null) {
            return known;
        }
        Class<?> base = prototypes ? StablePrototypeFactory.class : StableFactory.class;
        String name = name() + "$" + base.getSimpleName();
        Class<?> made = StableClassLoader.define(name, StableClassWriter.subclass(name, base), interfaces);
        MethodHandle found = MethodHandles.publicLookup()
                .findConstructor(made, MethodType.methodType(void.class, Object.class, Object.class, String.class));
        factories.put(prototypes, found);
        return found;
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

    /**
     * Lets nobody through without asking the gate. After this, and the next safepoint of a thread, it knows a target only within a call
     * that has begun: {@link Drain} sees all at one.
     */
    synchronized void close() {
        closed = true;
        instances.forEach(instance -> field.setVolatile(instance.proxy(), null));
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
            MutableCallSite.syncAll(calls.toArray(new MutableCallSite[0]));
        }
    }

    /** Says which target calls expect, if there is but one: they look whether it is that, and need not look what it is. */
    private void link() {
        Object target = alone && !instances.isEmpty() ? instances.get(0).target() : null;
        if (target != usual) {
            usual = target;
            targetSite.setTarget(target == null ? getter : expecting(target));
            MutableCallSite.syncAll(new MutableCallSite[] {targetSite});
        }
    }

    private MethodHandle expecting(Object target) {
        return MethodHandles.guardWithTest(
                MethodHandles.filterReturnValue(getter, IS.bindTo(target)),
                MethodHandles.dropArguments(MethodHandles.constant(Object.class, target), 0, Object.class),
                getter);
    }

    private static boolean is(Object expected, Object target) {
        return expected == target;
    }

    private void expect(TargetCall call) {
        if (expected == Object.class) {
            call.expectAny();
        } else {
            call.expect(expected);
        }
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
