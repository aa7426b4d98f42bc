package io.mainstay.framework.deploy;

import io.mainstay.intake.CheckedBundle;
import io.mainstay.repository.Baseline;
import io.mainstay.repository.Baseline.Breach;
import io.mainstay.store.Content;
import io.mainstay.store.Contents;
import io.mainstay.store.GenerationDiff;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Version;

/** Finds updates that break what their bundles have promised to users of their packages. */
final class ApiGuard {
    private final Contents contents;

    ApiGuard(Contents contents) {
        this.contents = contents;
    }

    /**
     * What was found.
     *
     * @param breaks broken promises, a sentence each
     * @param unknown what could not be compared, a sentence each
     */
    record Finding(List<String> breaks, List<String> unknown) {}

    /** Compares what a change updates. A state that is restored has been live: it is not asked. */
    Finding look(Change change, GenerationDiff diff) {
        List<String> breaks = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        if (change.restore().isEmpty()) {
            Baseline baseline = new Baseline(contents);
            for (GenerationDiff.Change update : diff.updated()) {
                CheckedBundle next = next(change, update);
                if (next == null) {
                    continue;
                }
                contents.find(update.from().content()).ifPresent(live -> {
                    Baseline.Finding finding = baseline.compare(live, next);
                    finding.breaches().forEach(breach -> breaks.addAll(sentences(live, next.content(), breach)));
                    finding.unknown().ifPresent(unknown::add);
                });
            }
        }
        return new Finding(breaks, unknown);
    }

    private static CheckedBundle next(Change change, GenerationDiff.Change update) {
        return change.additions().stream()
                .map(Change.Addition::bundle)
                .filter(bundle -> bundle.content().digest().equals(update.to().content()))
                .findFirst()
                .orElse(null);
    }

    private static List<String> sentences(Content live, Content next, Breach breach) {
        if (breach.next().isEmpty()) {
            return List.of(next.label() + " no longer exports package " + breach.packageName() + " " + breach.live()
                    + ", which is live, and the bundle version " + step(live.version(), next.version())
                    + "; raise it, or override with --force");
        }
        String begin =
                next.label() + " breaks package " + breach.packageName() + " " + breach.live() + ", which is live: ";
        List<String> sentences = new ArrayList<>();
        sentences.add(begin + breach.differences().get(0) + ", and the package version "
                + step(breach.live(), breach.next().get()) + "; raise it, or override with --force");
        breach.differences().stream().skip(1).forEach(difference -> sentences.add(begin + difference));
        return sentences;
    }

    private static String step(Version from, Version to) {
        Version needed = new Version(from.getMajor() + 1, 0, 0);
        return (from.equals(to) ? "stayed at " : "went to ") + to + ", not " + needed;
    }
}
