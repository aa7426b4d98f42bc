package io.mainstay.store.jdbc;

import io.mainstay.store.CollectReport;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeState;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Drops content that nothing kept needs: see {@link io.mainstay.store.Store#collect}. */
final class Collection {
    private final Database database;

    Collection(Database database) {
        this.database = database;
    }

    /**
     * The candidates are listed before any lock is taken. Then the sequence's row is locked, which keeps proposals out:
     * a deployer that found its content there before, and proposes after, is told that it is missing, and stores it again.
     */
    CollectReport run(int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("At least one generation has to be kept, not " + keep);
        }
        List<Content> candidates = new ContentTable(database).all();
        return database.write("collect garbage in", connection -> {
            Sql.update(connection, "UPDATE sequence SET next_number = next_number");
            Set<Long> kept = keptGenerations(connection, keep);
            Set<Digest> needed = new HashSet<>();
            for (long number : kept) {
                GenerationTable.find(connection, number)
                        .ifPresent(record ->
                                needed.addAll(record.generation().state().contents()));
            }
            needed.addAll(DraftTable.bases(connection));
            needed.addAll(sources(candidates, needed));
            long contents = 0;
            long bytes = 0;
            for (Content content : candidates) {
                if (!needed.contains(content.digest())) {
                    ContentTable.delete(connection, content.digest());
                    contents++;
                    bytes += content.sizeBytes();
                }
            }
            forget(connection, kept);
            return new CollectReport(contents, bytes, kept.size());
        });
    }

    /** Source that was attached to what is kept is in no generation, and kept with it. */
    private static Set<Digest> sources(List<Content> candidates, Set<Digest> needed) {
        Set<String> kept = new HashSet<>();
        candidates.stream()
                .filter(content -> needed.contains(content.digest()))
                .forEach(content -> kept.add(content.label()));
        Set<Digest> sources = new HashSet<>();
        for (Content content : candidates) {
            boolean used = content.sourceOfContent().isPresent()
                    ? needed.contains(content.sourceOfContent().get())
                    : content.sourceOf().filter(kept::contains).isPresent();
            if (used) {
                sources.add(content.digest());
            }
        }
        return sources;
    }

    private static Set<Long> keptGenerations(Connection connection, int keep) throws SQLException {
        Set<Long> kept = new TreeSet<>();
        NodeTable.all(connection, 0).stream()
                .filter(node -> node.state() != NodeState.STOPPED)
                .forEach(node -> kept.add(node.generation()));
        for (String channel : GenerationTable.channels(connection)) {
            GenerationTable.proposals(connection, channel).forEach(proposal -> kept.add(proposal.number()));
            keepOf(connection, GenerationTable.headNumber(connection, channel), keep, kept);
        }
        kept.remove(0L);
        return kept;
    }

    /** Walks back from the head, no further than it has to. */
    private static void keepOf(Connection connection, long head, int keep, Set<Long> kept) throws SQLException {
        boolean proven = false;
        long number = head;
        for (int seen = 0; number > 0 && (seen < keep || !proven); seen++) {
            GenerationRecord record = GenerationTable.find(connection, number).orElseThrow();
            boolean first = !proven && record.state() == GenerationState.PROVEN;
            proven |= first;
            if (seen < keep || first) {
                kept.add(number);
            }
            number = record.generation().parent().map(Generation.Parent::number).orElse(0L);
        }
    }

    private static void forget(Connection connection, Set<Long> kept) throws SQLException {
        List<Long> retained =
                Sql.query(connection, "SELECT number FROM generation WHERE retained = 1", row -> row.getLong(1));
        for (long number : retained) {
            if (!kept.contains(number)) {
                Sql.update(connection, "UPDATE generation SET retained = 0 WHERE number = ?", number);
            }
        }
    }
}
