package io.mainstay.verbs;

import io.mainstay.store.CollectReport;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Drops content that nothing kept needs. */
@Command(
        name = "gc",
        description =
                "Drop content that no kept generation needs. Generations that nodes run, proposals and the youngest"
                        + " proven one are always kept.")
final class GcVerb extends Verb {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--keep",
            required = true,
            paramLabel = "N",
            description = "Keep the N youngest generations of each channel.")
    private int keep;

    @Mixin
    private JsonOption json;

    GcVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        if (keep < 1) {
            throw new ParameterException(spec.commandLine(), "--keep takes a whole number from 1, not " + keep);
        }
        CollectReport report = place.store().collect(keep);
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("contents", report.contents());
            told.put("bytes", report.bytes());
            told.put("keptGenerations", report.keptGenerations());
            out().println(Json.of(told));
        } else {
            out().println("Dropped " + Words.count(report.contents(), "content") + " (" + Words.bytes(report.bytes())
                    + "); " + Words.count(report.keptGenerations(), "generation")
                    + " kept. The space is used again by what comes next.");
        }
        return ExitCode.DONE;
    }
}
