package io.mainstay.framework.durable;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Holds one generated class. Of other bundles it sees just the types that its methods have, each the very one that the
 * interface sees: what two interfaces call the same may be two things.
 */
final class StableClassLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private static final String OURS = StableClassLoader.class.getPackageName() + ".";

    private final Map<String, Class<?>> types = new HashMap<>();

    /** @throws LinkageError if no class can have all methods: one name in them is that of two classes */
    private StableClassLoader(List<Class<?>> interfaces) {
        super("stable service", null);
        for (Class<?> type : interfaces) {
            add(type);
            for (Method method : type.getMethods()) {
                add(method.getReturnType());
                Stream.of(method.getParameterTypes(), method.getExceptionTypes())
                        .flatMap(Arrays::stream)
                        .forEach(this::add);
            }
        }
    }

    private void add(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        Class<?> other = types.putIfAbsent(element.getName(), element);
        if (other != null && other != element) {
            throw new LinkageError(element.getName() + " is one class to some of them, another one to others");
        }
    }

    /**
     * Defines a generated class. One with an interface that is not public is put beside that.
     *
     * @throws ReflectiveOperationException if the loader of such an interface takes no class
     */
    static Class<?> define(String name, byte[] code, List<Class<?>> interfaces) throws ReflectiveOperationException {
        Optional<Class<?>> host = host(interfaces);
        return host.isPresent()
                ? MethodHandles.privateLookupIn(host.get(), MethodHandles.lookup())
                        .defineClass(code)
                : new StableClassLoader(interfaces).defineClass(name, code, 0, code.length);
    }

    /** {@return the interface beside which a class for these has to be put, because it is not public} */
    static Optional<Class<?>> host(List<Class<?>> interfaces) {
        return interfaces.stream()
                .filter(type -> !Modifier.isPublic(type.getModifiers()))
                .findFirst();
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        Class<?> known = types.get(name);
        if (known != null) {
            return known;
        }
        return name.startsWith(OURS)
                ? Class.forName(name, false, StableClassLoader.class.getClassLoader())
                : ClassLoader.getPlatformClassLoader().loadClass(name);
    }
}
