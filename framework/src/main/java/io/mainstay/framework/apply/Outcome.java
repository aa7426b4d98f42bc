package io.mainstay.framework.apply;

import io.mainstay.framework.plan.Plan;
import java.time.Duration;

/** How a change ended on one framework. */
public sealed interface Outcome {

    /** {@return what was planned} */
    Plan plan();

    /** {@return how long it took} */
    Duration took();

    /**
     * The framework runs the new generation.
     *
     * @param plan what was done
     * @param took how long it took
     */
    record Applied(Plan plan, Duration took) implements Outcome {}

    /**
     * The framework runs what it ran before.
     *
     * @param plan what was tried
     * @param took how long it took, the way back included
     * @param cause the one cause, for people
     */
    record RolledBack(Plan plan, Duration took, String cause) implements Outcome {}

    /**
     * The change failed, and so did the way back: the framework is in neither state. The node says so and tries again
     * at its next boot.
     *
     * @param plan what was tried
     * @param took how long it took
     * @param cause why the change failed
     * @param wayBack why the way back failed
     */
    record Broken(Plan plan, Duration took, String cause, String wayBack) implements Outcome {}
}
