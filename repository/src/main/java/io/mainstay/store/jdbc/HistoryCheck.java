package io.mainstay.store.jdbc;

import io.mainstay.store.Generation;
import io.mainstay.store.GenerationState;
import io.mainstay.store.GenerationText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds what no order of whole transactions can have left: a head on a generation that was never committed, a committed
 * generation that no head leads to, a number that was never given out.
 */
final class HistoryCheck {
    private final Map<Long, Row> rows = new TreeMap<>();
    private final Set<Long> reached = new HashSet<>();
    private final Set<String> findings = new LinkedHashSet<>();

    /** What is needed of a generation; {@code parent} is 0 for the first, and for one whose text cannot be read. */
    private record Row(long number, String channel, GenerationState state, boolean claimed, long parent) {

        /** One that failed at a boot was committed before; one that was claimed by a node failed in place of that. */
        boolean wasCommitted() {
            return switch (state) {
                case COMMITTED, PROVEN -> true;
                case FAILED -> !claimed;
                case PROPOSED, OVERTAKEN -> false;
            };
        }
    }

    private HistoryCheck() {}

    /** {@return what is wrong, a sentence each} */
    static Set<String> of(Database database) {
        return database.read("read the history of", connection -> {
            HistoryCheck check = new HistoryCheck();
            check.read(connection);
            return check.findings;
        });
    }

    /** Heads before generations and these before the sequence: so each is there that one read before can name. */
    private void read(Connection connection) throws SQLException {
        Map<String, Long> heads = new TreeMap<>();
        for (String channel : GenerationTable.channels(connection)) {
            heads.put(channel, GenerationTable.headNumber(connection, channel));
        }
        Sql.each(connection, "SELECT number FROM generation", row -> row.getLong(1), number -> find(connection, number))
                .forEach(row -> rows.put(row.number(), row));
        long next = Sql.first(connection, "SELECT next_number FROM sequence", row -> row.getLong(1))
                .orElse(0L);
        heads.forEach(this::checkHead);
        rows.values().forEach(row -> check(row, next));
    }

    private static Optional<Row> find(Connection connection, long number) throws SQLException {
        return Sql.first(
                connection,
                "SELECT number, channel, state, claimed_by, text FROM generation WHERE number = ?",
                HistoryCheck::row,
                number);
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getLong(1),
                row.getString(2),
                GenerationState.valueOf(row.getString(3)),
                row.getString(4) != null,
                parent(row.getBytes(5)));
    }

    /** That a text is damaged is found elsewhere. */
    private static long parent(byte[] text) {
        try {
            return GenerationText.read(text)
                    .parent()
                    .map(Generation.Parent::number)
                    .orElse(0L);
        } catch (RuntimeException damaged) {
            return 0;
        }
    }

    private void checkHead(String channel, long head) {
        if (head == 0) {
            return;
        }
        Row row = rows.get(head);
        if (row == null) {
            findings.add("Channel " + channel + " points at generation " + head + ", which is not there or corrupt");
            return;
        }
        if (!row.wasCommitted()) {
            findings.add("Channel " + channel + " points at generation " + head + ", which is "
                    + row.state().name().toLowerCase(java.util.Locale.ROOT) + " and was never committed");
        }
        if (!row.channel().equals(channel)) {
            findings.add("Channel " + channel + " points at generation " + head + ", which was made for channel "
                    + row.channel());
        }
        while (row != null && reached.add(row.number())) {
            row = rows.get(row.parent());
        }
    }

    private void check(Row row, long next) {
        boolean committed = row.state() == GenerationState.COMMITTED || row.state() == GenerationState.PROVEN;
        if (committed && !reached.contains(row.number())) {
            findings.add("Generation " + row.number() + " is "
                    + row.state().name().toLowerCase(java.util.Locale.ROOT) + ", and no channel leads to it");
        }
        if (row.number() >= next) {
            findings.add("Generation " + row.number() + " is there, and the next to be made has number " + next);
        }
    }
}
