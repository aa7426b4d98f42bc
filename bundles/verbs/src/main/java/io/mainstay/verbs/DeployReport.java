package io.mainstay.verbs;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Tells how a change went, or would go. */
final class DeployReport {
    private final Place place;
    private final boolean json;

    DeployReport(Place place, boolean json) {
        this.place = place;
        this.json = json;
    }

    /** Tells of a deploy that was carried out; returns the exit code. */
    int tell(DeployResult result) {
        if (json) {
            place.out().println(Json.of(json(outcome(result), result.preview(), result.generation(), result.cause())));
        } else {
            words(result);
        }
        return switch (result.outcome()) {
            case UNCHANGED, COMMITTED, APPLIED, PROPOSED -> ExitCode.DONE;
            case FAILED -> ExitCode.REFUSED;
            case PARTIAL -> ExitCode.BEHIND;
        };
    }

    /** Tells of a plan; returns the exit code that its deploy would have. */
    int tell(Preview preview) {
        boolean refused = !preview.problems().isEmpty();
        if (json) {
            String outcome = refused ? "refused" : preview.diff().isEmpty() ? "unchanged" : "planned";
            place.out()
                    .println(Json.of(json(
                            outcome,
                            preview,
                            Optional.empty(),
                            preview.problems().stream().findFirst())));
        } else if (preview.diff().isEmpty()) {
            place.out().println("Nothing would change: generation " + preview.base() + " is just that.");
        } else {
            place.out()
                    .println("On generation " + preview.base() + ": " + Words.summary(preview.diff()) + ", "
                            + preview.diff().unchanged().size() + " unchanged.");
            changes(preview);
        }
        if (refused && !json) {
            preview.problems().stream()
                    .limit(8)
                    .forEach(problem -> place.err().println("Would be refused: " + problem));
        }
        return refused ? ExitCode.REFUSED : ExitCode.DONE;
    }

    private void words(DeployResult result) {
        String number = result.generation()
                .map(record -> "Generation " + record.number())
                .orElse("");
        switch (result.outcome()) {
            case UNCHANGED ->
                place.out()
                        .println("Nothing to do: generation " + result.preview().base() + " is just that.");
            case COMMITTED ->
                place.out()
                        .println(number + " committed: "
                                + Words.summary(result.preview().diff())
                                + ". No node runs; the first to boot takes it.");
            case APPLIED ->
                place.out()
                        .println(number + " applied: "
                                + Words.summary(result.preview().diff()) + ".");
            case PROPOSED ->
                place.out()
                        .println(number + " proposed: "
                                + Words.summary(result.preview().diff()) + ". `status` tells what becomes of it.");
            case FAILED ->
                place.err()
                        .println(number
                                + (stuck() ? " failed: " : " failed, all is as it was: ")
                                + result.cause().orElse("unknown cause"));
            case PARTIAL ->
                place.err().println(number + " committed, but " + result.cause().orElse("a node did not follow"));
        }
        if (result.outcome() != DeployResult.Result.UNCHANGED) {
            changes(result.preview());
        }
    }

    private void changes(Preview preview) {
        Words.changes(preview.diff()).forEach(line -> place.out().println("  " + line));
        for (ResetMember member : preview.reset()) {
            if (member.reason().startsWith("wired") || member.reason().startsWith("host")) {
                place.out().println("  r " + member.label() + "  reset: " + member.reason());
            }
        }
    }

    /** Whether a node could not even go back. */
    private boolean stuck() {
        return new LiveNodes(place.store(), place.channel())
                .alive().stream().anyMatch(node -> node.state() == NodeState.STUCK);
    }

    private static String outcome(DeployResult result) {
        return result.outcome().name().toLowerCase(Locale.ROOT);
    }

    private Map<String, Object> json(
            String outcome, Preview preview, Optional<GenerationRecord> generation, Optional<String> cause) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("channel", place.channel());
        told.put("outcome", outcome);
        told.put("cause", cause.orElse(null));
        generation.ifPresentOrElse(
                record -> told.putAll(withoutState(Json.generation(record))),
                () -> told.put("generation", preview.base()));
        told.putAll(Json.diff(preview.diff()));
        told.put("unchanged", preview.diff().unchanged().size());
        told.put("reset", preview.reset());
        told.put("problems", preview.problems());
        told.put("nodes", nodes());
        // measured by durable services, which are not there yet: unknown, not zero
        told.put("waited", null);
        told.put("failedCalls", null);
        told.put("longestWaitMillis", null);
        return told;
    }

    private static Map<String, Object> withoutState(Map<String, Object> json) {
        json.remove("cause");
        return json;
    }

    private List<Map<String, Object>> nodes() {
        return new LiveNodes(place.store(), place.channel())
                .alive().stream().map(StatusVerb::node).toList();
    }
}
