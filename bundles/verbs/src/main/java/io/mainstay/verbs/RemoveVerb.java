package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commits a generation without some bundles. */
@Command(name = "remove", description = "Commit one new generation without the bundles named.")
final class RemoveVerb extends Verb {
    @Parameters(arity = "1..*", paramLabel = "NAME[/VERSION]", description = "Symbolic names, or locations.")
    private List<String> names;

    @Mixin
    private StoryOptions story;

    @Option(names = "--dry-run", description = "Say what would happen, and change nothing.")
    private boolean dryRun;

    @Mixin
    private DeployVerb.CommitOptions commit;

    @Mixin
    private JsonOption json;

    RemoveVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        place.store(); // there is nothing to remove from a store that is yet to be made
        DeployReport report = new DeployReport(place, json.asked());
        Change.Builder change = story.begin("Remove " + String.join(", ", names));
        names.forEach(change::remove);
        if (dryRun) {
            return report.tell(DeployVerb.preview(place, change.build()), commit.forced());
        }
        return report.tell(commit.carryOut(place, change.build()));
    }
}
