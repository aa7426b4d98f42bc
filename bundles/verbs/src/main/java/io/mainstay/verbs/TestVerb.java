package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.TestReport;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Project;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Runs the tests that lie beside the source of bundles. */
@Command(
        name = "test",
        description =
                "Compile and run the JUnit tests that bundles carry beside their source. They run in this process, with"
                        + " the bundles' classes, without a framework.")
final class TestVerb extends Verb {
    @Parameters(
            arity = "0..*",
            paramLabel = "BUNDLE",
            description = "Names of bundles; without any, all that have tests.")
    private List<String> names = new ArrayList<>();

    @Mixin
    private JsonOption json;

    TestVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        Workshop workshop = SourceCommit.workshop(place);
        List<Checkout> checkouts = names.isEmpty()
                ? workshop.checkouts().stream()
                        .filter(one -> !one.project().below(Project.TESTS).isEmpty())
                        .toList()
                : names.stream().map(workshop::checkout).toList();
        if (checkouts.isEmpty()) {
            throw new RefusedChangeException(
                    "No bundle of channel " + place.channel() + " carries tests (" + Project.TESTS + ")");
        }
        List<TestReport> reports = checkouts.stream().map(workshop::test).toList();
        if (json.asked()) {
            out().println(Json.of(reports));
        } else {
            reports.forEach(report -> Words.tests(report).forEach(out()::println));
        }
        return reports.stream().anyMatch(TestReport::failed) ? ExitCode.REFUSED : ExitCode.DONE;
    }
}
