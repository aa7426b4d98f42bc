package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.OvertakenException;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Build;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.TestReport;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Problem;
import io.mainstay.source.Project;
import io.mainstay.source.TextDiff;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Builds what somebody has edited, and commits it as one generation: what all verbs do that take source. */
final class SourceCommit {
    private static final int PROBLEMS = 8;
    private static final int HISTORY = 1_000;

    private final Place place;
    private final Workshop workshop;
    private final boolean json;

    SourceCommit(Place place, boolean json) {
        this.place = place;
        this.workshop = workshop(place);
        this.json = json;
    }

    static Workshop workshop(Place place) {
        return new Workshop(place.store(), place.channel(), place.configuration(), place.limits());
    }

    /**
     * What came of it.
     *
     * @param exitCode as the tool's
     * @param result how the commit went; empty if there was none
     * @param timing what building took
     */
    record Outcome(int exitCode, Optional<DeployResult> result, Build.Timing timing) {
        /** Whether it is in the head: what was only proposed may still fail. */
        boolean committed() {
            return result.map(DeployResult::outcome)
                    .filter(one -> one != DeployResult.Result.FAILED && one != DeployResult.Result.PROPOSED)
                    .isPresent();
        }
    }

    /** Builds and commits; what is wrong is told here. */
    Outcome carryOut(List<Edit> edits, Change.Builder change, DeployVerb.CommitOptions options, TestOption test)
            throws IOException {
        Build build = workshop.build(edits);
        if (build.failed()) {
            tellFailed(build);
            return new Outcome(ExitCode.REFUSED, Optional.empty(), build.timing());
        }
        if (!json) {
            tell(build.problems());
        }
        if (test.asked() && !tested(build)) {
            return new Outcome(ExitCode.REFUSED, Optional.empty(), build.timing());
        }
        Workshop.addTo(change, build);
        try {
            DeployResult result = options.carryOut(place, change.build());
            return new Outcome(new DeployReport(place, json).tell(result), Optional.of(result), build.timing());
        } catch (OvertakenException e) {
            tellConflict(e, edits);
            return new Outcome(ExitCode.REFUSED, Optional.empty(), build.timing());
        }
    }

    /** Asks to run the tests first. */
    static final class TestOption {
        @Option(names = "--test", description = "Run the tests that lie beside the source first; commit if none fails.")
        private boolean test;

        boolean asked() {
            return test;
        }
    }

    private boolean tested(Build build) {
        List<TestReport> reports = workshop.test(build);
        boolean failed = reports.stream().anyMatch(TestReport::failed);
        if (json && failed) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("channel", place.channel());
            told.put("outcome", "tests failed");
            told.put("tests", reports);
            place.out().println(Json.of(told));
        } else if (!json) {
            reports.forEach(
                    report -> Words.tests(report).forEach(failed ? place.err()::println : place.out()::println));
            if (failed) {
                place.err().println("Tests failed; nothing has changed.");
            } else if (reports.isEmpty()) {
                place.err().println("No tests lie beside what has changed.");
            }
        }
        return !failed;
    }

    private void tellFailed(Build build) {
        if (json) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("channel", place.channel());
            told.put("outcome", "broken");
            told.put("problems", build.problems());
            place.out().println(Json.of(told));
            return;
        }
        tell(build.problems());
        long errors = build.problems().stream().filter(Problem::error).count();
        place.err().println(Words.count(errors, "error") + "; nothing has changed, the last good version is live.");
    }

    private void tell(List<Problem> problems) {
        problems.stream().limit(PROBLEMS).forEach(problem -> place.err().println(problem.text()));
        if (problems.size() > PROBLEMS) {
            place.err().println("and " + (problems.size() - PROBLEMS) + " more");
        }
    }

    private void tellConflict(OvertakenException conflict, List<Edit> edits) {
        Edit mine = edits.stream()
                .filter(edit -> edit.base()
                        .filter(base -> base.entry().location().equals(conflict.location()))
                        .isPresent())
                .findFirst()
                .orElseThrow();
        Checkout base = mine.base().orElseThrow();
        Optional<GenerationRecord> maker = maker(conflict.location());
        String sentence = "Conflict: " + base.entry().symbolicName()
                + maker.map(record -> " was changed by " + record.generation().author() + " in generation "
                                + record.number() + " ("
                                + record.generation()
                                        .message()
                                        .lines()
                                        .findFirst()
                                        .orElse("") + ")")
                        .orElse(" is gone")
                + "; yours is made from generation " + base.generation() + ". Nothing has changed.";
        List<String> diff = new ArrayList<>();
        maker.flatMap(record -> entry(record, conflict.location())).ifPresent(now -> {
            try {
                diff.addAll(diff(
                        base.project(),
                        workshop.checkout(base.generation(), now).project(),
                        "theirs"));
            } catch (RefusedChangeException e) {
                diff.add("theirs: " + e.getMessage());
            }
        });
        diff.addAll(diff(base.project(), mine.project(), "yours"));
        if (json) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("channel", place.channel());
            told.put("outcome", "conflict");
            told.put("cause", sentence);
            told.put("diff", diff);
            place.out().println(Json.of(told));
        } else {
            place.err().println(sentence);
            diff.forEach(line -> place.err().println(line));
            place.err().println("Take theirs into yours (`pull` does so in a folder), and push again.");
        }
    }

    /** {@return the generation that made the bundle at a location what it is} */
    private Optional<GenerationRecord> maker(String location) {
        List<GenerationRecord> chain = place.store().history().chain(place.channel(), HISTORY);
        for (int i = 0; i < chain.size(); i++) {
            Optional<GenerationEntry> now = entry(chain.get(i), location);
            Optional<GenerationEntry> before =
                    i + 1 < chain.size() ? entry(chain.get(i + 1), location) : Optional.empty();
            if (now.isEmpty()) {
                return Optional.empty();
            }
            if (!before.map(GenerationEntry::content).equals(now.map(GenerationEntry::content))) {
                return Optional.of(chain.get(i));
            }
        }
        return Optional.empty();
    }

    private static Optional<GenerationEntry> entry(GenerationRecord record, String location) {
        Generation generation = record.generation();
        return generation.state().entries().stream()
                .filter(entry -> entry.location().equals(location))
                .findFirst();
    }

    private static List<String> diff(Project from, Project to, String whose) {
        List<String> lines = new ArrayList<>();
        for (String path : from.differences(to)) {
            if (isBinary(from.files().get(path)) || isBinary(to.files().get(path))) {
                lines.add(path + " (" + whose + ") differs");
                continue;
            }
            lines.addAll(TextDiff.unified(
                    path,
                    from.text(path).orElse(""),
                    path + " (" + whose + ")",
                    to.text(path).orElse("")));
        }
        return lines;
    }

    private static boolean isBinary(byte[] bytes) {
        for (int i = 0; bytes != null && i < bytes.length; i++) {
            if (bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t') {
                return true;
            }
        }
        return false;
    }
}
