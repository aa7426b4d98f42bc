package io.mainstay.framework.durable;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Holds one generated class. It sees what its interfaces see, each through that interface's own loader, and the three
 * classes of this package that generated code names.
 */
final class StableClassLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private static final String OURS = StableClassLoader.class.getPackageName() + ".";

    private final List<Class<?>> interfaces;
    private final Set<ClassLoader> loaders = new LinkedHashSet<>();

    private StableClassLoader(List<Class<?>> interfaces) {
        super("stable service", null);
        this.interfaces = interfaces;
        interfaces.forEach(type -> loaders.add(type.getClassLoader()));
        interfaces.forEach(this::addInherited);
        loaders.remove(null);
    }

    /** What an inherited method takes may be known only where that method comes from. */
    private void addInherited(Class<?> type) {
        for (Class<?> above : type.getInterfaces()) {
            loaders.add(above.getClassLoader());
            addInherited(above);
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
        if (name.startsWith(OURS)) {
            return Class.forName(name, false, StableClassLoader.class.getClassLoader());
        }
        for (Class<?> type : interfaces) {
            if (type.getName().equals(name)) {
                return type;
            }
        }
        for (ClassLoader loader : loaders) {
            try {
                return loader.loadClass(name);
            } catch (ClassNotFoundException e) {
                // the next one may see it
            }
        }
        return ClassLoader.getPlatformClassLoader().loadClass(name);
    }
}
