package io.mainstay.framework.trace;

import io.mainstay.framework.content.StoredJars;
import io.mainstay.intake.CodeKeys;
import io.mainstay.source.TextDiff;
import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import io.mainstay.zip.PackedJar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Knows from which generation a content is, and which one last changed a line of it. What it has read is kept. Not
 * thread-safe.
 */
final class Ancestry {
    /** So far back it is looked; first not so far, because most of what is asked for is young. */
    private static final int[] DEPTHS = {30, 3_000};

    /** So many versions of a file are compared on the way to who wrote a line. */
    private static final int VERSIONS = 300;

    /** So many lines are shown before the line that is meant, and after it. */
    private static final int AROUND = 2;

    private static final String CARRIED = "OSGI-OPT/src/";

    private final Store store;
    private final StoredJars jars;
    private final List<String> channels = new ArrayList<>();
    private final Map<String, List<GenerationRecord>> recent = new HashMap<>();
    private final Map<Long, Optional<GenerationRecord>> records = new HashMap<>();
    private final Map<Digest, Optional<Line>> places = new HashMap<>();
    private final Map<String, Optional<String>> sources = new HashMap<>();
    private final Map<String, int[]> origins = new HashMap<>();

    /** @param channel the one that is looked through first */
    Ancestry(Store store, String channel, StoredJars jars) {
        this.store = store;
        this.jars = jars;
        channels.add(channel);
        store.history().channels().stream()
                .filter(other -> !other.equals(channel))
                .forEach(channels::add);
    }

    /** Where a content is in the history: at a place of generations, the youngest first, of which each is the next one's child. */
    private record Line(List<GenerationRecord> records, GenerationEntry entry, int length) {
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

    private List<GenerationRecord> all(String channel, int depth) {
        return recent.computeIfAbsent(channel + " " + depth, key -> {
            List<GenerationRecord> all = store.history().all(channel, depth);
            all.forEach(record -> records.put(record.number(), Optional.of(record)));
            return all;
        });
    }

    /** {@return these contents, those of young generations before those of old ones, those of none last} */
    List<Digest> youngestFirst(Set<Digest> contents) {
        Set<Digest> ordered = new LinkedHashSet<>();
        for (int depth : DEPTHS) {
            for (String channel : channels) {
                if (ordered.size() < contents.size()) {
                    for (GenerationRecord record : all(channel, depth)) {
                        record.generation().state().entries().stream()
                                .map(GenerationEntry::content)
                                .filter(contents::contains)
                                .forEach(ordered::add);
                    }
                }
            }
        }
        ordered.addAll(contents);
        return List.copyOf(ordered);
    }

    /** {@return where a line of a content is from} */
    Origin origin(Content content, Optional<String> path, int line) {
        Optional<Line> place = places.computeIfAbsent(content.digest(), this::place);
        Optional<String> text = path.flatMap(file -> source(content.digest(), file));
        String channel = place.map(one -> one.youngest().channel()).orElse(channels.get(0));
        List<Origin.SourceLine> shown =
                text.map(all -> around(all.lines().toList(), line)).orElse(List.of());
        return new Origin(
                content.symbolicName(),
                content.version(),
                content.digest(),
                channel,
                place.filter(one -> !one.isEndless())
                        .map(one -> one.first().number())
                        .orElse(0L),
                place.map(one -> one.youngest().number()).orElse(0L),
                place.isPresent() && isLive(channel, content.digest()),
                path,
                shown,
                shown.isEmpty() ? Optional.empty() : change(place, path.get(), text.get(), line - 1));
    }

    private boolean isLive(String channel, Digest content) {
        long head = store.history().headNumber(channel);
        return record(head)
                .filter(record -> record.generation().state().entries().stream()
                        .anyMatch(entry -> entry.content().equals(content)))
                .isPresent();
    }

    private Optional<GenerationRecord> record(long number) {
        return records.computeIfAbsent(number, wanted -> store.history().find(wanted));
    }

    private static List<Origin.SourceLine> around(List<String> lines, int line) {
        List<Origin.SourceLine> shown = new ArrayList<>();
        if (line >= 1 && line <= lines.size()) {
            for (int number = Math.max(1, line - AROUND); number <= Math.min(lines.size(), line + AROUND); number++) {
                shown.add(new Origin.SourceLine(number, lines.get(number - 1), number == line));
            }
        }
        return shown;
    }

    /** {@return the text of a source file that a bundle carries, or that was put beside it} */
    Optional<String> source(Digest content, String path) {
        return sources.computeIfAbsent(content + " " + path, key -> {
            try {
                return requireSource(content, path);
            } catch (ContentMissingException e) {
                return Optional.empty();
            }
        });
    }

    /** @throws ContentMissingException if gc has dropped the bundle, so that nobody knows */
    private Optional<String> requireSource(Digest content, String path) {
        PackedJar jar = jars.of(content);
        Optional<byte[]> carried = jar.find(CARRIED + path).map(jar::expand);
        return carried.or(() -> beside(content, path)).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** What was attached to just this content goes before what is there for its name and version. */
    private Optional<byte[]> beside(Digest content, String path) {
        Set<Digest> attached = store.contents().providers(CodeKeys.sourceOf(content));
        Set<Digest> named = attached.isEmpty()
                ? store.contents()
                        .find(content)
                        .map(bundle -> store.contents().providers(CodeKeys.sourceOf(bundle.label())))
                        .orElse(Set.of())
                : attached;
        Map<Digest, Content> found = store.contents().find(named);
        Set<String> replaced = new HashSet<>();
        found.values()
                .forEach(one -> replaced.addAll(List.of(
                        one.headers().getOrDefault(Content.SOURCE_REPLACES, "").split(","))));
        List<Digest> left = found.values().stream()
                .filter(one ->
                        attached.contains(one.digest()) || one.sourceOfContent().isEmpty())
                .map(Content::digest)
                .filter(digest -> !replaced.contains(digest.hex()))
                .toList();
        // two that nobody has chosen between are none
        return left.size() == 1 ? jars.of(left.get(0)).find(path).map(jars.of(left.get(0))::expand) : Optional.empty();
    }

    private Optional<Line> place(Digest content) {
        for (int depth : DEPTHS) {
            for (String channel : channels) {
                for (GenerationRecord record : all(channel, depth)) {
                    Optional<GenerationEntry> entry = record.generation().state().entries().stream()
                            .filter(one -> one.content().equals(content))
                            .findFirst();
                    if (entry.isPresent()) {
                        return Optional.of(line(record, entry.get()));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Follows the parents for as long as the content is the same, and one step more. */
    private Line line(GenerationRecord youngest, GenerationEntry entry) {
        List<GenerationRecord> followed = new ArrayList<>();
        Optional<GenerationRecord> next = Optional.of(youngest);
        int length = 0;
        while (next.isPresent() && length < DEPTHS[1]) {
            followed.add(next.get());
            if (entry(next.get(), entry.location())
                    .filter(one -> one.content().equals(entry.content()))
                    .isEmpty()) {
                break;
            }
            length++;
            next = next.get()
                    .generation()
                    .parent()
                    .map(Generation.Parent::number)
                    .flatMap(this::record);
        }
        return new Line(followed, entry, length);
    }

    private static Optional<GenerationEntry> entry(GenerationRecord record, String location) {
        return record.generation().state().entries().stream()
                .filter(entry -> entry.location().equals(location))
                .findFirst();
    }

    /** Goes back from content to content, for as long as the line was there before; empty where the way is lost. */
    private Optional<Origin.Change> change(Optional<Line> place, String path, String text, int line) {
        if (place.isEmpty()) {
            return Optional.empty();
        }
        Line current = place.get();
        String now = text;
        int at = line;
        for (int versions = 0; versions < VERSIONS && !current.isEndless(); versions++) {
            Optional<GenerationEntry> earlier = current.before()
                    .flatMap(record -> entry(record, place.get().entry().location()));
            Optional<String> before;
            try {
                before = earlier.flatMap(entry -> requireSource(entry.content(), path));
            } catch (ContentMissingException e) {
                return Optional.empty();
            }
            if (before.isEmpty() || origin(before.get(), now, at) < 0) {
                Generation made = current.first().generation();
                return Optional.of(new Origin.Change(made.number(), made.author(), made.message()));
            }
            at = origin(before.get(), now, at);
            now = before.get();
            current = line(current.before().orElseThrow(), earlier.orElseThrow());
        }
        return Optional.empty();
    }

    private int origin(String before, String now, int line) {
        String key = Digest.of(before.getBytes(StandardCharsets.UTF_8)) + " "
                + Digest.of(now.getBytes(StandardCharsets.UTF_8));
        return origins.computeIfAbsent(key, made -> TextDiff.origins(before, now))[line];
    }
}
