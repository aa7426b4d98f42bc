package io.mainstay.framework.configuration;

import java.util.Objects;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/** Finds who calls Configuration Admin, by the stack. */
final class CallingBundle {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private CallingBundle() {}

    /** {@return the symbolic name of the first bundle on this thread's stack that is not {@code admin}; the host is none} */
    static Optional<String> find(Bundle admin) {
        return STACK.walk(frames -> frames.map(StackWalker.StackFrame::getDeclaringClass)
                .map(FrameworkUtil::getBundle)
                .filter(Objects::nonNull)
                .filter(bundle -> bundle.getBundleId() != 0 && !bundle.equals(admin))
                .map(Bundle::getSymbolicName)
                .findFirst());
    }
}
