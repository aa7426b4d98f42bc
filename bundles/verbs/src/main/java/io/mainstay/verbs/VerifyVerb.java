package io.mainstay.verbs;

import io.mainstay.store.VerifyReport;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads everything again and checks it. */
@Command(
        name = "verify",
        description =
                "Read all content and generations again, and check them against their digests; exit code 1 and the"
                        + " names if anything is wrong.")
final class VerifyVerb extends Verb {
    @Mixin
    private JsonOption json;

    VerifyVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        VerifyReport report;
        try (Place.ProgressDisplay progress = place.progress("Verifying")) {
            report = place.store().verify(progress);
        }
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("clean", report.clean());
            told.put("contents", report.contents());
            told.put("bytes", report.bytes());
            told.put("generations", report.generations());
            told.put("problems", report.problems());
            out().println(Json.of(told));
        } else {
            report.problems().forEach(problem -> place.err().println(problem));
            out().println((report.clean()
                            ? "All is well: "
                            : Words.count(report.problems().size(), "problem") + " in ")
                    + Words.count(report.contents(), "content") + " (" + Words.bytes(report.bytes()) + "), "
                    + Words.count(report.generations(), "generation") + ".");
        }
        return report.clean() ? ExitCode.DONE : ExitCode.REFUSED;
    }
}
