package io.mainstay.store;

import java.util.List;

/**
 * What {@link Store#verify} found.
 *
 * @param contents the number of contents read
 * @param bytes their size
 * @param generations the number of generations read
 * @param problems one sentence for each thing that is wrong; empty if all is well
 */
public record VerifyReport(long contents, long bytes, long generations, List<String> problems) {

    /** Copies the problems. */
    public VerifyReport {
        problems = List.copyOf(problems);
    }

    /** {@return whether all is well} */
    public boolean clean() {
        return problems.isEmpty();
    }
}
