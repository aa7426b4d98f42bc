package io.mainstay.framework.deploy;

import io.mainstay.framework.plan.ResetMember;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.SystemState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a change would do. Nothing has happened.
 *
 * @param base the number of the generation that it was worked out on; 0 before the first
 * @param state what the system would be
 * @param diff what would differ
 * @param reset the bundles that would be stopped, wired anew and started, each with the reason
 * @param services the services that would go and come back with those bundles; empty if no node runs that could tell
 * @param rewiredAtBoot what a node that boots would wire otherwise than one that runs, a sentence each
 * @param unknown what could not be found out, a sentence each
 * @param breaks why it would be refused unless it is forced: broken promises of exported packages, the most telling first
 * @param problems why it would be refused even if it is forced, the root first; empty if it would not
 */
public record Preview(
        long base,
        SystemState state,
        GenerationDiff diff,
        List<ResetMember> reset,
        Optional<List<MovedService>> services,
        List<String> rewiredAtBoot,
        List<String> unknown,
        List<String> breaks,
        List<String> problems) {

    /** Copies. */
    public Preview {
        reset = List.copyOf(reset);
        services = services.map(List::copyOf);
        rewiredAtBoot = List.copyOf(rewiredAtBoot);
        unknown = List.copyOf(unknown);
        breaks = List.copyOf(breaks);
        problems = List.copyOf(problems);
    }

    /**
     * A service that goes, and comes back if the bundle still registers it.
     *
     * @param bundle name and version of the bundle that has registered it
     * @param types the interfaces that it is registered by
     * @param usedBy name and version of each other bundle that uses it
     * @param stays whether who has it can go on calling it; else users see it go, and come back
     */
    public record MovedService(String bundle, List<String> types, List<String> usedBy, boolean stays) {}

    /** {@return a preview of a change that changes nothing} */
    static Preview ofNothing(long base, SystemState state, GenerationDiff diff) {
        return new Preview(
                base, state, diff, List.of(), Optional.of(List.of()), List.of(), List.of(), List.of(), List.of());
    }

    /** {@return why it would be refused, the root first; empty if it would not} */
    public List<String> refusals(boolean forced) {
        return forced
                ? problems
                : Stream.concat(problems.stream(), breaks.stream()).toList();
    }
}
