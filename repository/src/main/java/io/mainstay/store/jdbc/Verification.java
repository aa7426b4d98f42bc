package io.mainstay.store.jdbc;

import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.store.VerifyReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads everything again: see {@link Store#verify}. Finds all that is wrong, not just the first. Heads may move meanwhile,
 * so what seems wrong with the history is looked at twice.
 */
final class Verification {
    private final Database database;
    private final Store store;
    private final List<String> problems = new ArrayList<>();

    Verification(Database database, Store store) {
        this.database = database;
        this.store = store;
    }

    VerifyReport run(Progress progress) {
        List<Content> contents = store.contents().all();
        long total = contents.stream().mapToLong(Content::sizeBytes).sum();
        long bytes = readAll(contents, total, progress);
        Map<Long, GenerationRecord> generations = readGenerations();
        Set<Digest> there = new HashSet<>();
        contents.forEach(content -> there.add(content.digest()));
        generations.values().forEach(record -> check(record, generations, there));
        history();
        orphans();
        return new VerifyReport(contents.size(), bytes, generations.size(), problems);
    }

    private void history() {
        Set<String> findings = HistoryCheck.of(database);
        if (!findings.isEmpty()) {
            findings.retainAll(HistoryCheck.of(database));
            problems.addAll(findings);
        }
    }

    private long readAll(List<Content> contents, long total, Progress progress) {
        long done = 0;
        for (Content content : contents) {
            try (InputStream in = store.contents().open(content.digest())) {
                in.transferTo(OutputStream.nullOutputStream());
            } catch (StoreUnreachableException e) {
                throw e;
            } catch (StoreException e) {
                problems.add(e.getMessage());
            } catch (IOException e) {
                throw new StoreException("Cannot read " + content.label() + ": " + e.getMessage(), e);
            }
            done += content.sizeBytes();
            progress.update(done, total);
        }
        return done;
    }

    private Map<Long, GenerationRecord> readGenerations() {
        List<Long> numbers = database.read(
                "read the history of",
                connection ->
                        Sql.query(connection, "SELECT number FROM generation ORDER BY number", row -> row.getLong(1)));
        Map<Long, GenerationRecord> generations = new HashMap<>();
        for (long number : numbers) {
            try {
                GenerationRecord record = store.history().find(number).orElseThrow();
                if (record.number() == number) {
                    generations.put(number, record);
                } else {
                    problems.add("Generation " + number + " holds the text of generation " + record.number());
                }
            } catch (StoreUnreachableException e) {
                throw e;
            } catch (StoreException | IllegalArgumentException e) {
                problems.add("Generation " + number + ": " + e.getMessage());
            }
        }
        return generations;
    }

    private void check(GenerationRecord record, Map<Long, GenerationRecord> generations, Set<Digest> there) {
        record.generation().parent().ifPresent(parent -> {
            GenerationRecord before = generations.get(parent.number());
            if (before == null || !before.generation().digest().equals(parent.digest())) {
                problems.add("Generation " + record.number() + " is chained to generation " + parent.number() + " "
                        + parent.digest() + ", which is not there");
            }
        });
        if (record.retained()) {
            for (GenerationEntry entry : record.generation().state().entries()) {
                if (!there.contains(entry.content())) {
                    problems.add("Generation " + record.number() + " needs " + entry.label() + " with content "
                            + entry.content() + ", which is not there");
                }
            }
        }
    }

    /** Rows that belong to no content show that somebody has deleted behind the store's back. */
    private void orphans() {
        List<String> digests = database.read(
                "read content of",
                connection -> Sql.query(
                        connection,
                        "SELECT DISTINCT digest FROM content_chunk WHERE position = 0 AND NOT EXISTS"
                                + " (SELECT 1 FROM content WHERE content.digest = content_chunk.digest)",
                        row -> row.getString(1)));
        digests.forEach(digest -> problems.add("Bytes are stored for content " + digest + ", which has no row"));
    }
}
