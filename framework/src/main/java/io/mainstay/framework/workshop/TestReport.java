package io.mainstay.framework.workshop;

import io.mainstay.source.Problem;
import java.util.List;

/**
 * How the tests of a bundle went.
 *
 * @param label the bundle
 * @param run how many tests were run
 * @param skipped how many were not, because they say so
 * @param failures those that failed
 * @param problems why the tests could not be compiled; empty if they could, but for warnings
 */
public record TestReport(String label, long run, long skipped, List<Failure> failures, List<Problem> problems) {
    /** Copies. */
    public TestReport {
        failures = List.copyOf(failures);
        problems = List.copyOf(problems);
    }

    /**
     * A test that failed.
     *
     * @param test the class and the method
     * @param message what it says
     * @param trace its backtrace, down to the test
     */
    public record Failure(String test, String message, String trace) {}

    /** {@return whether something is wrong} */
    public boolean failed() {
        return !failures.isEmpty() || problems.stream().anyMatch(Problem::error);
    }
}
