package io.mainstay.framework.workshop;

import io.mainstay.intake.CheckedBundle;
import io.mainstay.source.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What came of building edits. Nothing is stored.
 *
 * @param results one for each edit that was built, in the order of building; the last one is the one that failed, if any did
 * @param timing what it took
 */
public record Build(List<Result> results, Timing timing) {
    /** Copies. */
    public Build {
        results = List.copyOf(results);
    }

    /**
     * What came of one edit.
     *
     * @param edit the edit
     * @param bundle the bundle, as its intake found it; empty if there are errors
     * @param problems errors, then warnings
     */
    public record Result(Edit edit, Optional<CheckedBundle> bundle, List<Problem> problems) {
        /** Copies. */
        public Result {
            problems = List.copyOf(problems);
        }
    }

    /**
     * What it took, in milliseconds.
     *
     * @param wiringMillis finding out what the bundles see
     * @param compileMillis compiling
     * @param packageMillis bnd, and the checks of the intake
     */
    public record Timing(long wiringMillis, long compileMillis, long packageMillis) {
        Timing plus(Timing other) {
            return new Timing(
                    wiringMillis + other.wiringMillis,
                    compileMillis + other.compileMillis,
                    packageMillis + other.packageMillis);
        }
    }

    /** {@return whether an edit did not become a bundle} */
    public boolean failed() {
        return results.stream().anyMatch(result -> result.bundle().isEmpty());
    }

    /** {@return errors and warnings of all} */
    public List<Problem> problems() {
        return results.stream().flatMap(result -> result.problems().stream()).toList();
    }
}
