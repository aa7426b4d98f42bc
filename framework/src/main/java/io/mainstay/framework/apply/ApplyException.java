package io.mainstay.framework.apply;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleException;

/** Says which step of a change went wrong, on which bundle, and why. Its message is the one cause that people see. */
public final class ApplyException extends BundleException {
    private static final long serialVersionUID = 1L;

    private final boolean hanging;
    private final ArrayList<String> problems;

    /** Makes an exception. */
    public ApplyException(String message, Throwable cause) {
        this(message, cause, false);
    }

    ApplyException(String message, Throwable cause, boolean hanging) {
        this(message, cause, hanging, List.of(message));
    }

    private ApplyException(String message, Throwable cause, boolean hanging, List<String> problems) {
        super(message, cause);
        this.hanging = hanging;
        this.problems = new ArrayList<>(problems);
    }

    /** Makes one that says several things that are wrong; the first stands for all. */
    static ApplyException of(List<String> problems) {
        return new ApplyException(problems.get(0), null, false, problems);
    }

    /** {@return all that is wrong, as far as it is known, a sentence each} */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** {@return whether the step still hangs, so that whatever it touches must not be waited for} */
    boolean hanging() {
        return hanging;
    }
}
