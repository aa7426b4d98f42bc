package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Commits an earlier state again. */
@Command(
        name = "rollback",
        description =
                "Commit the state of generation N as a new generation; without N, the state before the last commit.")
final class RollbackVerb extends Verb {
    private static final int NAMED = 10;

    @Parameters(arity = "0..1", paramLabel = "N", description = "The generation to go back to.")
    private Long number;

    @Mixin
    private StoryOptions story;

    @Mixin
    private DeployVerb.CommitOptions commit;

    @Mixin
    private JsonOption json;

    RollbackVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        DeployReport report = new DeployReport(place, json.asked());
        GenerationRecord to = target();
        Change change = story.begin("Roll back to generation " + to.number())
                .restore(to.generation().state())
                .build();
        boolean worked = to.state() == GenerationState.PROVEN;
        return report.tell(commit.carryOut(place, change, commit.forced() || worked));
    }

    private GenerationRecord target() {
        GenerationRecord head = place.store()
                .history()
                .head(place.channel())
                .orElseThrow(() -> new RefusedChangeException(
                        "Cannot roll back: channel " + place.channel() + " has no generation yet"));
        long wanted = number != null
                ? number
                : head.generation()
                        .parent()
                        .map(Generation.Parent::number)
                        .orElseThrow(() -> new RefusedChangeException(
                                "Cannot roll back: generation " + head.number() + " is the first"));
        GenerationRecord to = Generations.require(place, wanted);
        if (!to.retained()) {
            throw new RefusedChangeException(
                    "Cannot roll back to generation " + wanted + ": gc has dropped its content; " + kept());
        }
        return to;
    }

    /** Names the generations that can be gone back to. */
    private String kept() {
        List<Long> numbers = place.store().history().all(place.channel(), Integer.MAX_VALUE).stream()
                .filter(GenerationRecord::retained)
                .map(GenerationRecord::number)
                .toList();
        String more = numbers.size() > NAMED ? ", and " + (numbers.size() - NAMED) + " older ones" : "";
        return "kept are " + numbers.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "))
                + more;
    }
}
