package io.mainstay.framework.deploy;

import io.mainstay.framework.plan.KnownContents;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.repository.Baseline;
import io.mainstay.repository.Baseline.Breach;
import io.mainstay.store.Content;
import io.mainstay.store.Contents;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Version;

/**
 * Finds changes that break what bundles have promised to users of their packages. A package is held against what is live of
 * the same name: in the bundle before it at its location, or, where that did not export it, wherever it is exported. So a
 * package may move to another bundle, and does not lose its promises by that.
 */
final class ApiGuard {
    /** So many differences are told of a package. */
    private static final int TOLD = 2;

    private final Baseline baseline;
    private final KnownContents contents;

    /** @param contents what is live, and what is to be */
    ApiGuard(Contents store, KnownContents contents) {
        this.baseline = new Baseline(store);
        this.contents = contents;
    }

    /**
     * What was found.
     *
     * @param breaks broken promises, a sentence each
     * @param unknown what could not be compared, a sentence each
     */
    record Finding(List<String> breaks, List<String> unknown) {}

    /** Compares what a change updates and adds. A state that is restored has been live: it is not asked. */
    Finding look(Change change, GenerationDiff diff) {
        Finding finding = new Finding(new ArrayList<>(), new ArrayList<>());
        if (change.restore().isEmpty()) {
            for (GenerationDiff.Change update : diff.updated()) {
                next(change, update.to()).ifPresent(next -> compare(content(update.from()), next, diff, finding));
            }
            for (GenerationEntry entry : diff.added()) {
                next(change, entry).ifPresent(next -> compareElsewhere(next, Set.of(), diff, finding));
            }
        }
        return finding;
    }

    private Content content(GenerationEntry entry) {
        return contents.get(entry.content());
    }

    private void compare(Content live, CheckedBundle next, GenerationDiff diff, Finding finding) {
        if (live != null) {
            Baseline.Finding found = baseline.compare(live, next);
            found.unknown().ifPresent(finding.unknown()::add);
            found.breaches().stream()
                    .filter(breach -> breach.next().isPresent() || !hasMoved(breach, diff))
                    .forEach(breach -> finding.breaks().add(sentence(live, next.content(), breach)));
            compareElsewhere(next, Baseline.exportsOf(live).keySet(), diff, finding);
        }
    }

    /** Whether somebody else exports a package that a bundle exports no longer, in a version that its users take. */
    private boolean hasMoved(Breach gone, GenerationDiff diff) {
        return Stream.of(
                        diff.added().stream(),
                        diff.unchanged().stream(),
                        diff.updated().stream().map(GenerationDiff.Change::to))
                .flatMap(entries -> entries)
                .map(this::content)
                .filter(Objects::nonNull)
                .map(content -> Baseline.exportsOf(content).get(gone.packageName()))
                .anyMatch(version -> version != null && version.compareTo(gone.live()) >= 0);
    }

    /** Compares the packages of a bundle that are not among {@code compared} with those that are live in others. */
    private void compareElsewhere(CheckedBundle next, Set<String> compared, GenerationDiff diff, Finding finding) {
        SortedMap<String, Version> fresh = Baseline.exportsOf(next.content());
        fresh.keySet().removeAll(compared);
        Map<Content, Set<String>> references = new LinkedHashMap<>();
        fresh.forEach((name, version) -> liveBefore(name, version, diff)
                .ifPresent(live ->
                        references.computeIfAbsent(live, key -> new TreeSet<>()).add(name)));
        references.forEach((live, packages) -> {
            Baseline.Finding found = baseline.compare(live, next, packages);
            found.unknown().ifPresent(finding.unknown()::add);
            found.breaches().forEach(breach -> finding.breaks().add(sentence(live, next.content(), breach)));
        });
    }

    /** {@return what is live of a package in the highest version up to this one: a lower one beside it breaks nobody} */
    private Optional<Content> liveBefore(String name, Version version, GenerationDiff diff) {
        return Stream.of(
                        diff.removed().stream(),
                        diff.unchanged().stream(),
                        diff.updated().stream().map(GenerationDiff.Change::from))
                .flatMap(entries -> entries)
                .map(this::content)
                .filter(Objects::nonNull)
                .filter(content -> {
                    Version live = Baseline.exportsOf(content).get(name);
                    return live != null && live.compareTo(version) <= 0;
                })
                .max(Comparator.comparing(content -> Baseline.exportsOf(content).get(name)));
    }

    private static Optional<CheckedBundle> next(Change change, GenerationEntry entry) {
        return change.additions().stream()
                .map(Change.Addition::bundle)
                .filter(bundle -> bundle.content().digest().equals(entry.content()))
                .findFirst();
    }

    private static String sentence(Content live, Content next, Breach breach) {
        if (breach.next().isEmpty()) {
            return next.label() + " no longer exports package " + breach.packageName() + " " + breach.live()
                    + ", which is live, and the bundle version " + step(live.version(), next.version());
        }
        int more = breach.differences().size() - TOLD;
        return next.label() + " breaks package " + breach.packageName() + " " + breach.live() + ", which is live: "
                + breach.differences().stream().limit(TOLD).collect(Collectors.joining(", "))
                + (more > 0 ? ", and " + more + " more" : "") + ", and the package version "
                + step(breach.live(), breach.next().get());
    }

    private static String step(Version from, Version to) {
        if (to.compareTo(from) < 0) {
            return "went down to " + to + "; --force takes it all the same";
        }
        Version needed = new Version(from.getMajor() + 1, 0, 0);
        return (from.equals(to) ? "stayed at " : "went to ") + to + ", not " + needed
                + "; raise it, or override with --force";
    }
}
