package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes source to a folder. */
@Command(
        name = "pull",
        description = "Take the source of bundles to a folder that any IDE opens as a Maven project; into a folder that"
                + " has it, take what others have changed since.")
final class PullVerb extends Verb {
    static final String FOLDER = "source";

    @Parameters(
            arity = "0..*",
            paramLabel = "BUNDLE",
            description = "Names of bundles; without any, all that carry their source, or all that the folder has.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--to", paramLabel = "DIR", description = "The folder; without it, '" + FOLDER + "'.")
    private Path folder = Path.of(FOLDER);

    @Option(
            names = "--generation",
            paramLabel = "N",
            description = "Of this generation; without it, of the one that is live.")
    private Long number;

    @Mixin
    private JsonOption json;

    PullVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Workshop workshop = SourceCommit.workshop(place);
        WorkingFolder target = WorkingFolder.of(place.folder().resolve(folder), place.channel());
        Generation generation = generation();
        List<Checkout> checkouts = checkouts(workshop, generation, target);
        if (checkouts.isEmpty()) {
            throw new RefusedChangeException(
                    "There is nothing to pull: no bundle of channel " + place.channel() + " carries its source");
        }
        int written = 0;
        List<String> both = new ArrayList<>();
        try (Place.ProgressDisplay progress = place.progress("Pulling")) {
            for (int i = 0; i < checkouts.size(); i++) {
                progress.update(i, checkouts.size());
                WorkingFolder.Taking taking = target.take(checkouts.get(i), generation, workshop);
                written += taking.written();
                both.addAll(taking.both());
            }
        }
        target.save();
        tell(target, checkouts, written, both);
        return both.isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
    }

    private Generation generation() {
        return number == null
                ? place.store()
                        .history()
                        .head(place.channel())
                        .map(GenerationRecord::generation)
                        .orElseThrow(() -> new RefusedChangeException(
                                "There is nothing to pull: channel " + place.channel() + " has no generation yet"))
                : Generations.require(place, number).generation();
    }

    private List<Checkout> checkouts(Workshop workshop, Generation generation, WorkingFolder target) {
        if (!names.isEmpty()) {
            return names.stream()
                    .map(name -> workshop.checkout(generation, name))
                    .toList();
        }
        return workshop.checkouts(generation).stream()
                .filter(one -> target.bundles().isEmpty()
                        || target.bundles().contains(one.entry().symbolicName()))
                .toList();
    }

    private void tell(WorkingFolder target, List<Checkout> checkouts, int written, List<String> both) {
        long generation = checkouts.get(0).generation();
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("folder", target.path().toString());
            told.put("generation", generation);
            told.put(
                    "bundles",
                    checkouts.stream().map(one -> one.entry().symbolicName()).toList());
            told.put("written", written);
            told.put("both", both);
            out().println(Json.of(told));
            return;
        }
        out().println("Pulled " + Words.count(checkouts.size(), "bundle") + " of generation " + generation + " to "
                + target.path() + ": " + Words.count(written, "file") + " written.");
        both.forEach(path -> place.err()
                .println("Both have changed " + path
                        + ": theirs is beside it, with the ending .theirs; merge, then push"));
    }
}
