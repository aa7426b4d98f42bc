package org.apache.felix.framework;

import java.util.Optional;
import java.util.Set;
import org.apache.felix.framework.util.FelixConstants;

/**
 * What Felix does, unless {@code felix.bootdelegation.implicit} is false, when a bundle finds nothing: code that is of no
 * bundle, and that asks a bundle's class loader, gets what the framework's own class loader has. The JDK looks so for
 * its services with the context class loader.
 */
final class ImplicitDelegation {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final Set<Class<?>> PASSING_ON = Set.of(ClassLoader.class, Class.class);

    private ImplicitDelegation() {}

    /** {@return the class, if who asks is of no bundle and the framework's class loader has it} */
    static Optional<Class<?>> load(String name, Felix felix) {
        Optional<ClassLoader> loader = loader(felix);
        if (loader.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(loader.get().loadClass(name));
        } catch (ClassNotFoundException | NoClassDefFoundError notThereEither) {
            return Optional.empty();
        }
    }

    /** {@return the framework's class loader, if who asks on this thread is of no bundle} */
    static Optional<ClassLoader> loader(Felix felix) {
        Object setting = felix.getConfig().get(FelixConstants.IMPLICIT_BOOT_DELEGATION_PROP);
        if (setting != null && !Boolean.parseBoolean(setting.toString())) {
            return Optional.empty();
        }
        return WALKER.walk(frames -> frames.<Class<?>>map(StackWalker.StackFrame::getDeclaringClass)
                        .filter(type -> !passesOn(type))
                        .findFirst())
                .filter(asking -> asking != Thread.class && !isOfABundle(asking))
                .map(asking -> Felix.class.getClassLoader());
    }

    private static boolean passesOn(Class<?> type) {
        return PASSING_ON.contains(type)
                || type.getName().startsWith("org.apache.felix.framework.")
                || type.getName().startsWith("org.osgi.framework.");
    }

    /** Of a bundle, or of a class loader whose class is of a bundle. */
    private static boolean isOfABundle(Class<?> type) {
        ClassLoader last = null;
        for (ClassLoader loader = type.getClassLoader();
                loader != null && loader != last;
                loader = loader.getClass().getClassLoader()) {
            if (loader instanceof BundleWiringImpl.BundleClassLoader) {
                return true;
            }
            last = loader;
        }
        return false;
    }
}
