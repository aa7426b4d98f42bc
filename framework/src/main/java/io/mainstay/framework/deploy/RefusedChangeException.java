package io.mainstay.framework.deploy;

import java.util.List;

/** Says why a change is not made. Nothing was stored, and nothing that runs was touched. */
public final class RefusedChangeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<String> problems;

    /** Makes a refusal for one reason. */
    public RefusedChangeException(String reason) {
        this(reason, List.of(reason));
    }

    /** Makes a refusal whose message is the root of several problems. */
    public RefusedChangeException(String reason, List<String> problems) {
        super(reason);
        this.problems = List.copyOf(problems);
    }

    /** {@return all that was found, the root first} */
    public List<String> problems() {
        return problems;
    }
}
