package io.mainstay.verbs;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.deploy.Preview.MovedService;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Tells how a change went, or would go. */
final class DeployReport {
    private static final int CHANGES = 12;
    private static final int RESETS = 8;
    private static final int SERVICES = 6;
    private static final int NOTES = 4;
    private static final int REFUSALS = 8;

    private final Place place;
    private final boolean json;

    DeployReport(Place place, boolean json) {
        this.place = place;
        this.json = json;
    }

    /** Tells of a deploy that was carried out; returns the exit code. */
    int tell(DeployResult result) {
        if (json) {
            place.out()
                    .println(Json.of(json(
                            outcome(result),
                            result.preview(),
                            result.generation(),
                            result.cause(),
                            List.of(),
                            result.resetDifference(),
                            result.continuity())));
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
    int tell(Preview preview, boolean forced) {
        List<String> refusals = preview.refusals(forced);
        boolean refused = !refusals.isEmpty();
        if (json) {
            String outcome = refused ? "refused" : preview.diff().isEmpty() ? "unchanged" : "planned";
            place.out()
                    .println(Json.of(json(
                            outcome,
                            preview,
                            Optional.empty(),
                            refusals.stream().findFirst(),
                            refusals,
                            null,
                            Optional.empty())));
        } else if (preview.diff().isEmpty()) {
            place.out().println("Nothing would change: generation " + preview.base() + " is just that.");
        } else {
            place.out()
                    .println("On generation " + preview.base() + ": " + Words.summary(preview.diff()) + ", "
                            + preview.diff().unchanged().size() + " unchanged.");
            changes(preview);
        }
        if (refused && !json) {
            refusals.stream().limit(REFUSALS).forEach(problem -> place.err().println("Would be refused: " + problem));
            if (refusals.size() > REFUSALS) {
                place.err().println("… and " + (refusals.size() - REFUSALS) + " more; --json has them all");
            }
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
        result.continuity()
                .map(Words::continuity)
                .filter(line -> !line.isEmpty())
                .ifPresent(line -> place.out().println("  " + line));
        result.resetDifference().forEach(sentence -> place.err().println("Other than foreseen: " + sentence));
    }

    private void changes(Preview preview) {
        lines(Words.changes(preview.diff()), CHANGES, "changes");
        lines(
                preview.reset().stream()
                        .map(DeployReport::words)
                        .flatMap(Optional::stream)
                        .toList(),
                RESETS,
                "bundles reset");
        services(preview);
        lines(preview.rewiredAtBoot().stream().map(line -> "! " + line).toList(), NOTES, "wired otherwise at boot");
        lines(preview.unknown().stream().map(line -> "? " + line).toList(), NOTES, "not known");
    }

    /** What is updated is in the lines before; here is what becomes of its users, if it has any. */
    private static Optional<String> words(ResetMember member) {
        if (member.way().swapped()) {
            return Optional.of("w " + member.label() + "  swapped: its users are not reset");
        }
        if (!member.isChanged()) {
            return Optional.of("r " + member.label() + "  reset: " + member.reason());
        }
        return member.way().why().isEmpty()
                ? Optional.empty()
                : Optional.of("r " + member.label() + "  reset with its users: "
                        + member.way().why());
    }

    private void services(Preview preview) {
        if (preview.services().isEmpty()) {
            if (!preview.reset().isEmpty()) {
                place.out().println("  ? which services would move is not known: no node runs this generation");
            }
            return;
        }
        Map<String, Long> moved = new LinkedHashMap<>();
        preview.services().get().forEach(service -> moved.merge(words(service), 1L, Long::sum));
        lines(
                moved.entrySet().stream()
                        .map(line -> line.getKey() + (line.getValue() > 1 ? "  (" + line.getValue() + " times)" : ""))
                        .toList(),
                SERVICES,
                "services");
    }

    private static String words(MovedService service) {
        String types = service.types().stream()
                .map(type -> type.substring(type.lastIndexOf('.') + 1))
                .collect(Collectors.joining(", "));
        List<String> users = service.usedBy();
        String used = users.isEmpty()
                ? "used by nobody"
                : "used by " + users.get(0) + (users.size() > 1 ? " and " + (users.size() - 1) + " more" : "");
        return "s " + service.bundle() + "  service " + types
                + (service.stays() ? " moves, " : " goes and comes back, ") + used;
    }

    /** What does not fit a screen is for programs. */
    private void lines(List<String> lines, int most, String what) {
        lines.stream().limit(most).forEach(line -> place.out().println("  " + line));
        if (lines.size() > most) {
            place.out().println("  and " + (lines.size() - most) + " more " + what + "; --json has all");
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
            String outcome,
            Preview preview,
            Optional<GenerationRecord> generation,
            Optional<String> cause,
            List<String> refusals,
            List<String> resetDifference,
            Optional<Continuity> continuity) {
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
        // null where no node has told
        told.put("services", preview.services().orElse(null));
        told.put("rewiredAtBoot", preview.rewiredAtBoot());
        told.put("resetDifference", resetDifference);
        told.put("unknown", preview.unknown());
        told.put("problems", refusals);
        told.put("nodes", nodes());
        told.put("waited", continuity.map(Continuity::waited).orElse(null));
        told.put("failedCalls", continuity.map(Continuity::failed).orElse(null));
        told.put(
                "longestWaitMillis",
                continuity.map(Continuity::longestWaitMillis).orElse(null));
        told.put("drainMillis", continuity.map(Continuity::drainMillis).orElse(null));
        told.put("handedOver", continuity.map(Continuity::handedOver).orElse(null));
        told.put("leftBehind", continuity.map(Continuity::leftBehind).orElse(List.of()));
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
