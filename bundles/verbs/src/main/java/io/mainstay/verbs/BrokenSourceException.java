package io.mainstay.verbs;

import io.mainstay.source.Problem;
import java.util.List;

/** Says that source does not become a bundle. */
final class BrokenSourceException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    BrokenSourceException(String source, List<Problem> problems) {
        super("Cannot build " + source + ": "
                + Words.count(problems.stream().filter(Problem::error).count(), "error") + "; nothing has changed");
        this.problems = List.copyOf(problems);
    }

    List<Problem> problems() {
        return problems;
    }
}
