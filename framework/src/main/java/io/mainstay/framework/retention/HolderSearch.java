package io.mainstay.framework.retention;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for the shortest way from what certainly lives to old code: from threads, from the static fields of classes that
 * are in use, and of some classes of Java's own that are known for it. It reads a heap that goes on changing, and keeps
 * nothing of it. Not thread-safe.
 */
final class HolderSearch {
    /** Some 40 MB for the search itself. */
    private static final int MOST_OBJECTS = 2_000_000;

    /** Static fields in which programs leave things, by experience. */
    private static final List<String> JAVAS_OWN = List.of(
            "java.lang.ApplicationShutdownHooks",
            "java.lang.Thread",
            "java.lang.management.ManagementFactory",
            "java.net.Authenticator",
            "java.net.URL",
            "java.security.Security",
            "java.sql.DriverManager",
            "java.util.concurrent.ForkJoinPool",
            "java.util.logging.LogManager",
            "java.util.logging.Logger");

    private static final Set<Class<?>> LEAVES = Set.of(
            String.class,
            Boolean.class,
            Character.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class);

    private final Set<BundleCode> suspects = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Collection<BundleCode> live;
    private final Map<BundleCode, String> found = new IdentityHashMap<>();
    private final Map<Class<?>, List<Fields.Ref>> shapes = new IdentityHashMap<>();
    private final Set<Class<?>> searchedClasses = Collections.newSetFromMap(new IdentityHashMap<>());

    /** All that was reached, in that order; for each, what it was reached from, and by which field. */
    private Object[] objects = new Object[1 << 14];

    private int[] from = new int[objects.length];
    private Object[] by = new Object[objects.length];
    private int count;
    /** Positions in those, plus one, by identity. */
    private int[] table = new int[1 << 16];

    HolderSearch(Collection<BundleCode> suspects, Collection<BundleCode> live) {
        this.suspects.addAll(suspects);
        this.live = live;
    }

    /** {@return who holds which of the suspects, a few words each; those that nobody was found for are not in it} */
    Map<BundleCode, String> find() {
        Map<Thread, StackTraceElement[]> threads = Thread.getAllStackTraces();
        for (Thread thread : threads.keySet()) {
            if (thread != Thread.currentThread()) {
                reach(thread, -1, "thread '" + thread.getName() + "'");
            }
        }
        JAVAS_OWN.forEach(this::reachJavasOwn);
        live.forEach(code -> reachStatics(code.classes()));
        live.forEach(code -> reachStatics(code.hostClasses()));
        List.copyOf(suspects).forEach(code -> reachStatics(code.hostClasses()));
        for (int at = 0; at < count && !suspects.isEmpty(); at++) {
            follow(at);
        }
        threads.forEach(this::lookAtStack);
        return found;
    }

    private void reachJavasOwn(String name) {
        try {
            reachStatics(Class.forName(name, false, null), -1, true);
        } catch (ClassNotFoundException e) {
            // of a module that this Java does not have
        }
    }

    private void reachStatics(Collection<Class<?>> classes) {
        classes.forEach(type -> reachStatics(type, -1, false));
    }

    private void follow(int at) {
        Object object = objects[at];
        if (object instanceof Object[] array) {
            for (Object element : array) {
                reach(element, at, null);
            }
            return;
        }
        if (object instanceof BundleCode code && !code.retired()) {
            code.classes().forEach(type -> reachStatics(type, at, false));
        }
        Class<?> type = object instanceof Class<?> itself ? itself : object.getClass();
        for (Class<?> one = type; one != null; one = one.getSuperclass()) {
            // only those of bundles go when nobody has them any more: others are where a way begins
            reachStatics(one, one.getClassLoader() instanceof BundleCode ? at : -1, type != object);
        }
        for (Fields.Ref ref : shapes.computeIfAbsent(object.getClass(), Fields::ofInstances)) {
            reach(ref.read(object), at, ref);
        }
    }

    private void reachStatics(Class<?> type, int at, boolean initialised) {
        if (!type.isArray() && !type.isPrimitive() && searchedClasses.add(type)) {
            for (Fields.Ref ref : Fields.ofClass(type, initialised)) {
                reach(ref.read(null), at, ref);
            }
        }
    }

    private void reach(Object object, int origin, Object step) {
        if (object == null || LEAVES.contains(object.getClass()) || isOfPrimitives(object)) {
            return;
        }
        if (count == MOST_OBJECTS || !add(object, origin, step)) {
            return;
        }
        BundleCode code = codeOf(object);
        if (code != null && suspects.remove(code)) {
            found.put(code, new Holder(path(count - 1)).toString());
        }
    }

    private static boolean isOfPrimitives(Object object) {
        Class<?> element = object.getClass().getComponentType();
        return element != null && element.isPrimitive();
    }

    private static BundleCode codeOf(Object object) {
        if (object instanceof BundleCode code) {
            return code;
        }
        Class<?> type = object instanceof Class<?> itself ? itself : object.getClass();
        return type.getClassLoader() instanceof BundleCode code ? code : null;
    }

    /** One step of a way: an object, and how it was reached. */
    record Step(Object object, Object by) {}

    private List<Step> path(int end) {
        Deque<Step> steps = new ArrayDeque<>();
        for (int at = end; at >= 0; at = from[at]) {
            steps.addFirst(new Step(objects[at], by[at]));
        }
        return new ArrayList<>(steps);
    }

    private boolean add(Object object, int origin, Object step) {
        int mask = table.length - 1;
        int slot = hash(object) & mask;
        while (table[slot] != 0) {
            if (objects[table[slot] - 1] == object) {
                return false;
            }
            slot = slot + 1 & mask;
        }
        if (count == objects.length) {
            objects = Arrays.copyOf(objects, count * 2);
            from = Arrays.copyOf(from, count * 2);
            by = Arrays.copyOf(by, count * 2);
        }
        objects[count] = object;
        from[count] = origin;
        by[count] = step;
        table[slot] = ++count;
        if (count > table.length / 2) {
            grow();
        }
        return true;
    }

    private static int hash(Object object) {
        int hash = System.identityHashCode(object);
        return hash ^ hash >>> 15;
    }

    private void grow() {
        table = new int[table.length * 2];
        int mask = table.length - 1;
        for (int at = 0; at < count; at++) {
            int slot = hash(objects[at]) & mask;
            while (table[slot] != 0) {
                slot = slot + 1 & mask;
            }
            table[slot] = at + 1;
        }
    }

    /** Local variables cannot be read; but what a thread is in the middle of can be told by the names on its stack. */
    private void lookAtStack(Thread thread, StackTraceElement[] stack) {
        for (BundleCode code : List.copyOf(suspects)) {
            Set<String> names = code.classes().stream().map(Class::getName).collect(Collectors.toSet());
            Set<String> others = new HashSet<>();
            live.forEach(other -> other.classes().forEach(type -> others.add(type.getName())));
            for (StackTraceElement frame : stack) {
                if (names.contains(frame.getClassName()) && suspects.contains(code)) {
                    boolean sure = !others.contains(frame.getClassName());
                    suspects.remove(code);
                    found.put(
                            code,
                            "thread '" + thread.getName() + "' is " + (sure ? "" : "perhaps ") + "in it, at " + frame);
                }
            }
        }
    }
}
