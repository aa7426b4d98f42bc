package io.mainstay.framework.deploy;

import io.mainstay.framework.plan.ResetMember;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.SystemState;
import java.util.List;

/**
 * What a change would do. Nothing has happened.
 *
 * @param base the number of the generation that it was worked out on; 0 before the first
 * @param state what the system would be
 * @param diff what would differ
 * @param reset the bundles that would be stopped, wired anew and started, each with the reason
 * @param problems why it would be refused, the root first; empty if it would not
 */
public record Preview(
        long base, SystemState state, GenerationDiff diff, List<ResetMember> reset, List<String> problems) {}
