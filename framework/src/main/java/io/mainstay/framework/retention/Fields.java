package io.mainstay.framework.retention;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the references that objects and classes hold, those of Java's own modules too, which reflection does not give:
 * for these it takes {@code sun.misc.Unsafe}, which the JDK offers without a flag, and does without where it is gone.
 * Weak references of all kinds are not followed. Thread-safe.
 */
final class Fields {
    private static final Unsafe UNSAFE = Unsafe.find();

    private Fields() {}

    /** One field, and how to read it. */
    record Ref(Field field, Object staticBase, long offset) {
        private static final long REFLECTED = -1;

        /** {@return what it holds; {@code object} is ignored for a static field} */
        Object read(Object object) {
            try {
                if (offset == REFLECTED) {
                    return field.get(object);
                }
                return UNSAFE.read(staticBase == null ? object : staticBase, offset);
            } catch (IllegalAccessException e) {
                return null;
            }
        }

        @Override
        public String toString() {
            return field.getDeclaringClass().getName() + "." + field.getName();
        }
    }

    /** The MethodHandles of {@code sun.misc.Unsafe}: its name in source is a warning. */
    private record Unsafe(
            MethodHandle objectOffset, MethodHandle staticOffset, MethodHandle staticBase, MethodHandle get) {

        static Unsafe find() {
            try {
                Class<?> type = Class.forName("sun.misc.Unsafe");
                Field one = type.getDeclaredField("theUnsafe");
                one.setAccessible(true);
                Object unsafe = one.get(null);
                MethodHandles.Lookup lookup = MethodHandles.publicLookup();
                MethodType offset = MethodType.methodType(long.class, Field.class);
                return new Unsafe(
                        lookup.bind(unsafe, "objectFieldOffset", offset),
                        lookup.bind(unsafe, "staticFieldOffset", offset),
                        lookup.bind(unsafe, "staticFieldBase", MethodType.methodType(Object.class, Field.class)),
                        lookup.bind(
                                unsafe, "getObject", MethodType.methodType(Object.class, Object.class, long.class)));
            } catch (ReflectiveOperationException | RuntimeException e) {
                return null; // a later Java without it: fields of Java's own modules stay unread
            }
        }

        Object read(Object base, long offset) {
            try {
                return get.invokeExact(base, offset);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        Optional<Ref> ref(Field field) {
            try {
                return Optional.of(
                        Modifier.isStatic(field.getModifiers())
                                ? new Ref(field, (Object) staticBase.invokeExact(field), (long)
                                        staticOffset.invokeExact(field))
                                : new Ref(field, null, (long) objectOffset.invokeExact(field)));
            } catch (Throwable e) {
                return Optional.empty(); // of records and hidden classes it gives nothing
            }
        }
    }

    /** {@return the references in the instances of a class, inherited ones included} */
    static List<Ref> ofInstances(Class<?> type) {
        List<Ref> refs = new ArrayList<>();
        for (Class<?> one = type; one != null && one != Reference.class; one = one.getSuperclass()) {
            addTo(refs, one, false, true);
        }
        return refs;
    }

    /**
     * {@return the references in the static fields of a class}
     *
     * @param initialised whether the class is known to be initialised: reading must not do that
     */
    static List<Ref> ofClass(Class<?> type, boolean initialised) {
        List<Ref> refs = new ArrayList<>();
        addTo(refs, type, true, initialised);
        return refs;
    }

    private static void addTo(List<Ref> refs, Class<?> type, boolean statics, boolean mayReflect) {
        Field[] fields;
        try {
            fields = type.getDeclaredFields();
        } catch (LinkageError | RuntimeException e) {
            return; // a type of one of them cannot be had, and Java tells of all or none
        }
        for (Field field : fields) {
            if (!field.getType().isPrimitive() && Modifier.isStatic(field.getModifiers()) == statics) {
                Optional<Ref> ref = UNSAFE == null ? Optional.empty() : UNSAFE.ref(field);
                ref.or(() -> mayReflect ? reflected(field) : Optional.empty()).ifPresent(refs::add);
            }
        }
    }

    private static Optional<Ref> reflected(Field field) {
        try {
            field.setAccessible(true);
            return Optional.of(new Ref(field, null, Ref.REFLECTED));
        } catch (InaccessibleObjectException | SecurityException e) {
            return Optional.empty();
        }
    }
}
