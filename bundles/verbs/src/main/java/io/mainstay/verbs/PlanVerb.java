package io.mainstay.verbs;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what a deploy would do. */
@Command(
        name = "plan",
        description = "Say what a deploy would do: changes, the bundles that would be reset and why, refusals. Changes"
                + " nothing.")
final class PlanVerb extends Verb {
    @Mixin
    private ChangeOptions change;

    @Mixin
    private JsonOption json;

    PlanVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        DeployReport report = new DeployReport(place, json.asked());
        return report.tell(DeployVerb.preview(place, change.read(place)), false);
    }
}
