package io.mainstay.framework.plan;

import java.util.List;

/**
 * What takes a framework from what it runs to what a generation wants. A value; nothing happens until it is applied.
 *
 * @param steps in order
 * @param reset the bundles that are stopped, wired anew and started, in the order of their locations
 */
public record Plan(List<Step> steps, List<ResetMember> reset) {

    /** Copies. */
    public Plan {
        steps = List.copyOf(steps);
        reset = List.copyOf(reset);
    }

    /** {@return whether there is nothing to do} */
    public boolean isEmpty() {
        return steps.isEmpty();
    }
}
