package io.mainstay.framework.apply;

import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.framework.plan.Plan;
import java.time.Duration;
import java.util.SortedMap;

/** How a change ended on one framework. */
public sealed interface Outcome {

    /** {@return what was planned} */
    Plan plan();

    /**
     * {@return the bundles that were stopped, updated, removed or wired anew on the way there, not on the way back: location
     * to name and version}
     */
    SortedMap<String, String> actual();

    /** {@return how long it took} */
    Duration took();

    /** {@return how services went on} */
    Continuity continuity();

    /**
     * The framework runs the new generation.
     *
     * @param plan what was done
     * @param actual the bundles that were reset
     * @param took how long it took
     * @param continuity how services went on
     */
    record Applied(Plan plan, SortedMap<String, String> actual, Duration took, Continuity continuity)
            implements Outcome {}

    /**
     * The framework runs what it ran before.
     *
     * @param plan what was tried
     * @param actual the bundles that were reset
     * @param took how long it took, the way back included
     * @param continuity how services went on
     * @param cause the one cause, for people
     * @param ofOldCode whether it failed at what there was before, such as a call that did not end: that may have come to
     *     an end the next time
     */
    record RolledBack(
            Plan plan,
            SortedMap<String, String> actual,
            Duration took,
            Continuity continuity,
            String cause,
            boolean ofOldCode)
            implements Outcome {}

    /**
     * The change failed, and so did the way back: the framework is in neither state. The node says so and tries again
     * at its next boot.
     *
     * @param plan what was tried
     * @param actual the bundles that were reset
     * @param took how long it took
     * @param continuity how services went on
     * @param cause why the change failed
     * @param wayBack why the way back failed
     */
    record Broken(
            Plan plan,
            SortedMap<String, String> actual,
            Duration took,
            Continuity continuity,
            String cause,
            String wayBack)
            implements Outcome {}
}
