package io.mainstay.framework.trace;

import io.mainstay.framework.content.StoredJars;
import io.mainstay.intake.CodeKeys;
import io.mainstay.source.Project;
import io.mainstay.source.TextDiff;
import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Knows from which generation a content is, and which one last changed a line of it. Thread-safe: it keeps nothing. */
final class Ancestry {
    /** So far back it is looked; first not so far, because most of what is asked for is young. */
    private static final int[] DEPTHS = {30, 3_000};

    /** So many lines are shown before the line that is meant, and after it. */
    private static final int AROUND = 2;

    private final Store store;
    private final String channel;
    private final StoredJars jars;

    Ancestry(Store store, String channel, StoredJars jars) {
        this.store = store;
        this.channel = channel;
        this.jars = jars;
    }

    /** Where a content is in the history: at a place of generations, the youngest first, of which each is the next one's child. */
    private record Line(
            List<GenerationRecord> records, GenerationEntry entry, int length, Map<Long, GenerationRecord> known) {
        GenerationRecord youngest() {
            return records.get(0);
        }

        GenerationRecord first() {
            return records.get(length - 1);
        }

        /** Whether it goes further back than is looked. */
        boolean isEndless() {
            return length == DEPTHS[1];
        }

        Optional<GenerationRecord> before() {
            return records.size() > length ? Optional.of(records.get(length)) : Optional.empty();
        }
    }

    /** {@return these contents, those of young generations before those of old ones, those of none last} */
    List<Digest> youngestFirst(Set<Digest> contents) {
        if (contents.size() < 2) {
            return List.copyOf(contents);
        }
        Set<Digest> ordered = new LinkedHashSet<>();
        for (int depth : DEPTHS) {
            for (GenerationRecord record : store.history().all(channel, depth)) {
                record.generation().state().entries().stream()
                        .map(GenerationEntry::content)
                        .filter(contents::contains)
                        .forEach(ordered::add);
            }
            if (ordered.size() == contents.size()) {
                break;
            }
        }
        ordered.addAll(contents);
        return new ArrayList<>(ordered);
    }

    /** {@return where a line of a content is from} */
    Origin origin(Content content, Optional<String> path, int line) {
        Optional<Line> place = place(content.digest());
        Optional<String> text = path.flatMap(file -> source(content.digest(), file));
        boolean live = store.history()
                .head(channel)
                .filter(head -> head.generation().state().entries().stream()
                        .anyMatch(entry -> entry.content().equals(content.digest())))
                .isPresent();
        return new Origin(
                content.symbolicName(),
                content.version(),
                content.digest(),
                place.map(one -> one.first().number()).orElse(0L),
                place.map(one -> one.youngest().number()).orElse(0L),
                live,
                path,
                text.map(all -> around(all, line)).orElse(List.of()),
                text.isPresent() && line > 0 && place.isPresent()
                        ? change(place.get(), path.get(), text.get(), line - 1)
                        : Optional.empty());
    }

    private static List<Origin.SourceLine> around(String text, int line) {
        List<String> lines = text.lines().toList();
        List<Origin.SourceLine> shown = new ArrayList<>();
        for (int number = Math.max(1, line - AROUND); number <= Math.min(lines.size(), line + AROUND); number++) {
            shown.add(new Origin.SourceLine(number, lines.get(number - 1), number == line));
        }
        return line < 1 || line > lines.size() ? List.of() : shown;
    }

    /** {@return the text of a source file that a bundle carries, or that is in a source bundle beside it} */
    Optional<String> source(Digest content, String path) {
        try {
            Optional<String> carried = Project.of(jars.of(content)).text(Project.SOURCES + path);
            return carried.isPresent() ? carried : beside(content, path);
        } catch (ContentMissingException e) {
            return Optional.empty();
        }
    }

    private Optional<String> beside(Digest content, String path) {
        return store.contents().find(content).map(CodeKeys::sourceOf).stream()
                .flatMap(query -> store.contents().providers(query).stream())
                .map(jars::of)
                .flatMap(jar -> jar.find(path).map(jar::expand).stream())
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .findFirst();
    }

    private Optional<Line> place(Digest content) {
        for (int depth : DEPTHS) {
            Map<Long, GenerationRecord> known = new HashMap<>();
            List<GenerationRecord> all = store.history().all(channel, depth);
            all.forEach(record -> known.put(record.number(), record));
            for (GenerationRecord record : all) {
                Optional<GenerationEntry> entry = record.generation().state().entries().stream()
                        .filter(one -> one.content().equals(content))
                        .findFirst();
                if (entry.isPresent()) {
                    return Optional.of(line(record, entry.get(), known));
                }
            }
        }
        return Optional.empty();
    }

    /** Follows the parents for as long as the content is the same, and one step more. */
    private Line line(GenerationRecord youngest, GenerationEntry entry, Map<Long, GenerationRecord> known) {
        List<GenerationRecord> records = new ArrayList<>();
        Optional<GenerationRecord> next = Optional.of(youngest);
        int length = 0;
        while (next.isPresent() && length < DEPTHS[1]) {
            records.add(next.get());
            if (!entry(next.get(), entry.location())
                    .filter(one -> one.content().equals(entry.content()))
                    .isPresent()) {
                break;
            }
            length++;
            next = parent(next.get(), known);
        }
        return new Line(records, entry, length, known);
    }

    private Optional<GenerationRecord> parent(GenerationRecord record, Map<Long, GenerationRecord> known) {
        return record.generation()
                .parent()
                .map(Generation.Parent::number)
                .flatMap(number -> Optional.ofNullable(known.get(number))
                        .or(() -> store.history().find(number)));
    }

    private static Optional<GenerationEntry> entry(GenerationRecord record, String location) {
        return record.generation().state().entries().stream()
                .filter(entry -> entry.location().equals(location))
                .findFirst();
    }

    /** Goes back from content to content, for as long as the line was there before. */
    private Optional<Origin.Change> change(Line place, String path, String text, int line) {
        Line current = place;
        String now = text;
        int at = line;
        Set<Digest> seen = new HashSet<>();
        while (seen.add(current.entry().content())) {
            Optional<GenerationEntry> earlier = current.before()
                    .flatMap(record -> entry(record, place.entry().location()));
            Optional<String> before = earlier.flatMap(entry -> source(entry.content(), path));
            if (before.isEmpty()) {
                break;
            }
            int[] origins = TextDiff.origins(before.get(), now);
            if (at >= origins.length || origins[at] < 0) {
                break;
            }
            at = origins[at];
            now = before.get();
            current = line(current.before().orElseThrow(), earlier.orElseThrow(), place.known());
        }
        if (current.isEndless()) {
            return Optional.empty();
        }
        Generation made = current.first().generation();
        return Optional.of(new Origin.Change(made.number(), made.author(), made.message()));
    }
}
