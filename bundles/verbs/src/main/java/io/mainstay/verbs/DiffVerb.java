package io.mainstay.verbs;

import io.mainstay.store.GenerationDiff;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what differs between two generations. */
@Command(name = "diff", description = "Show what differs from generation A to generation B.")
final class DiffVerb extends Verb {
    @Parameters(index = "0", paramLabel = "A", description = "The older generation.")
    private long older;

    @Parameters(index = "1", paramLabel = "B", description = "The younger generation.")
    private long younger;

    @Mixin
    private JsonOption json;

    DiffVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        GenerationDiff diff = GenerationDiff.between(
                Generations.require(place, older).generation().state(),
                Generations.require(place, younger).generation().state());
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("from", older);
            told.put("to", younger);
            told.putAll(Json.diff(diff));
            told.put("unchanged", diff.unchanged().size());
            out().println(Json.of(told));
        } else {
            out().println("From generation " + older + " to " + younger + ": " + Words.summary(diff) + ".");
            Words.changes(diff).forEach(line -> out().println("  " + line));
        }
        return ExitCode.DONE;
    }
}
