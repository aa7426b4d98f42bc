package io.mainstay.verbs;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.store.GenerationRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Compiles and commits what was changed in a folder. */
@Command(
        name = "push",
        description = "Compile what has changed in a folder that `pull` made, and commit it as one generation.")
final class PushVerb extends Verb {
    @Parameters(arity = "0..1", paramLabel = "DIR", description = "The folder; without it, '" + PullVerb.FOLDER + "'.")
    private Path folder = Path.of(PullVerb.FOLDER);

    @Mixin
    private StoryOptions story;

    @Mixin
    private JsonOption json;

    @Mixin
    private DeployVerb.CommitOptions commit;

    @Mixin
    private SourceCommit.TestOption test;

    PushVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        WorkingFolder source = WorkingFolder.open(place.folder().resolve(folder));
        List<Edit> edits = source.edits(SourceCommit.workshop(place));
        if (!edits.isEmpty()) {
            return push(place, source, edits, story, json.asked(), commit, test).exitCode();
        }
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("channel", place.channel());
            told.put("outcome", "unchanged");
            out().println(Json.of(told));
        } else {
            out().println("Nothing to push: " + source.path() + " is as it was pulled.");
        }
        return ExitCode.DONE;
    }

    static SourceCommit.Outcome push(
            Place place,
            WorkingFolder source,
            List<Edit> edits,
            StoryOptions story,
            boolean json,
            DeployVerb.CommitOptions commit,
            SourceCommit.TestOption test)
            throws IOException {
        String message = "Edit "
                + edits.stream()
                        .map(edit -> edit.base().orElseThrow().entry().symbolicName())
                        .collect(Collectors.joining(", "));
        SourceCommit.Outcome outcome =
                new SourceCommit(place, json).carryOut(edits, story.begin(message), commit, test);
        if (outcome.committed()) {
            DeployResult result = outcome.result().orElseThrow();
            long number = result.generation()
                    .map(GenerationRecord::number)
                    .orElse(result.preview().base());
            source.set(number, result.preview().state().entries(), edits);
            source.save();
        }
        return outcome;
    }
}
