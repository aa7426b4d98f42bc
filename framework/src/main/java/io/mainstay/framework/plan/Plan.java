package io.mainstay.framework.plan;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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

    /** {@return the steps before bundles start} What the rest needs, such as configurations, is set between. */
    public List<Step> beforeStarts() {
        return steps.subList(0, firstStart());
    }

    /** {@return the steps from the first on that starts bundles} */
    public List<Step> starts() {
        return steps.subList(firstStart(), steps.size());
    }

    /** {@return the locations of the bundles that are started} */
    public Set<String> started() {
        return steps.stream()
                .filter(Step.Start.class::isInstance)
                .map(step -> ((Step.Start) step).location())
                .collect(Collectors.toUnmodifiableSet());
    }

    private int firstStart() {
        int first = 0;
        while (first < steps.size()
                && !(steps.get(first) instanceof Step.RaiseFrameworkLevel)
                && !(steps.get(first) instanceof Step.Start)) {
            first++;
        }
        return first;
    }

    /** {@return whether there is nothing to do} */
    public boolean isEmpty() {
        return steps.isEmpty();
    }
}
