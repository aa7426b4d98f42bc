package io.mainstay.framework.retention;

import java.util.Collection;

/** The code of a bundle, as one class loader has it; implemented by class loaders. Thread-safe. */
public interface BundleCode {

    /** {@return name and version of the bundle} */
    String label();

    /** {@return whether the framework has other code in its place by now, or none} */
    boolean retired();

    /** {@return whether it has defined a class of this name} */
    boolean hasDefined(String className);

    /** {@return the classes that it has defined so far} */
    Collection<Class<?>> classes();

    /** {@return the classes of the host that it has asked for so far, Java's own left out: it may have left things there} */
    Collection<Class<?>> hostClasses();
}
