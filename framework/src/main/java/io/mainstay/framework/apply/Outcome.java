package io.mainstay.framework.apply;

import io.mainstay.framework.node.NodeReport.Calls;
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

    /** {@return what callers of services have noticed} */
    Calls calls();

    /**
     * The framework runs the new generation.
     *
     * @param plan what was done
     * @param actual the bundles that were reset
     * @param took how long it took
     * @param calls what callers of services have noticed
     */
    record Applied(Plan plan, SortedMap<String, String> actual, Duration took, Calls calls) implements Outcome {}

    /**
     * The framework runs what it ran before.
     *
     * @param plan what was tried
     * @param actual the bundles that were reset
     * @param took how long it took, the way back included
     * @param calls what callers of services have noticed
     * @param cause the one cause, for people
     */
    record RolledBack(Plan plan, SortedMap<String, String> actual, Duration took, Calls calls, String cause)
            implements Outcome {}

    /**
     * The change failed, and so did the way back: the framework is in neither state. The node says so and tries again
     * at its next boot.
     *
     * @param plan what was tried
     * @param actual the bundles that were reset
     * @param took how long it took
     * @param calls what callers of services have noticed
     * @param cause why the change failed
     * @param wayBack why the way back failed
     */
    record Broken(Plan plan, SortedMap<String, String> actual, Duration took, Calls calls, String cause, String wayBack)
            implements Outcome {}
}
