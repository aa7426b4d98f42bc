package io.mainstay.framework.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import java.util.List;
import java.util.Optional;

/**
 * How a deploy ended.
 *
 * @param outcome how
 * @param preview what was planned
 * @param generation the generation that was made; empty if there was nothing to do
 * @param cause why it failed, or why a node could not follow; empty otherwise
 * @param behind nodes that could not follow
 * @param resetDifference what was reset otherwise than foreseen, a sentence each; empty if no node has told
 */
public record DeployResult(
        Result outcome,
        Preview preview,
        Optional<GenerationRecord> generation,
        Optional<String> cause,
        List<NodeRecord> behind,
        List<String> resetDifference) {
    /** In the report of a generation that failed: whether it did so at the code that it was to replace. */
    public static final String OF_OLD_CODE = "ofOldCode";

    private static final Gson GSON = new Gson();

    /** {@return how services went on, on the node that applied it; empty if no node has told} */
    public Optional<Continuity> continuity() {
        return generation.flatMap(GenerationRecord::report).map(report -> {
            try {
                return GSON.fromJson(report, Told.class).continuity();
            } catch (JsonParseException e) {
                return null; // of another version of this program
            }
        });
    }

    private record Told(Continuity continuity) {}

    /** How a deploy ended. */
    public enum Result {
        /** The state is what it was; no generation was made. */
        UNCHANGED,
        /** Committed while no node ran: the first to boot proves it. */
        COMMITTED,
        /** Committed, and every node runs it. */
        APPLIED,
        /** Proposed; the caller did not want to wait. */
        PROPOSED,
        /** A node tried it and went back; the head is where it was. */
        FAILED,
        /** Committed, but a node could not follow. */
        PARTIAL
    }
}
