package io.mainstay.store.jdbc;

import io.mainstay.store.ConflictException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.GenerationText;
import io.mainstay.store.History;
import io.mainstay.store.StoreException;
import io.mainstay.store.SystemState;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The tables {@code generation} and {@code channel}.
 *
 * <p>A generation that may be changing is only ever read by its number: see {@link Sql#each}.
 */
final class GenerationTable implements History {
    private static final String COLUMNS = "digest, text, channel, state, cause, claimed_by, report, retained, forced";
    private static final int LONGEST_CAUSE = 8000;

    private final Database database;

    GenerationTable(Database database) {
        this.database = database;
    }

    @Override
    public Optional<GenerationRecord> find(long number) {
        return database.read("read generation " + number + " of", connection -> find(connection, number));
    }

    /** {@return the generations whose numbers a query gives, in its order} */
    private static List<GenerationRecord> each(Connection connection, String numbers, Object... parameters)
            throws SQLException {
        return Sql.each(connection, numbers, row -> row.getLong(1), number -> find(connection, number), parameters);
    }

    static Optional<GenerationRecord> find(Connection connection, long number) throws SQLException {
        return Sql.first(
                connection,
                "SELECT " + COLUMNS + " FROM generation WHERE number = ?",
                GenerationTable::generation,
                number);
    }

    @Override
    public Optional<GenerationRecord> head(String channel) {
        return database.read("read the head of", connection -> find(connection, headNumber(connection, channel)));
    }

    @Override
    public long headNumber(String channel) {
        return database.read("read the head of", connection -> headNumber(connection, channel));
    }

    static long headNumber(Connection connection, String channel) throws SQLException {
        return Sql.first(connection, "SELECT head FROM channel WHERE name = ?", row -> row.getLong(1), channel)
                .orElse(0L);
    }

    @Override
    public List<GenerationRecord> chain(String channel, int limit) {
        return database.read("read the history of", connection -> chain(connection, channel, limit));
    }

    static List<GenerationRecord> chain(Connection connection, String channel, int limit) throws SQLException {
        List<GenerationRecord> chain = new ArrayList<>();
        long number = headNumber(connection, channel);
        while (number > 0 && chain.size() < limit) {
            long wanted = number;
            GenerationRecord record = find(connection, number)
                    .orElseThrow(() -> new StoreException("Generation " + wanted + " of channel " + channel
                            + " is missing in the store; `verify` tells what else is"));
            chain.add(record);
            number = record.generation().parent().map(Generation.Parent::number).orElse(0L);
        }
        return chain;
    }

    @Override
    public List<GenerationRecord> all(String channel, int limit) {
        return database.read(
                "read the history of",
                connection -> each(
                        connection,
                        "SELECT number FROM generation WHERE channel = ? ORDER BY number DESC FETCH FIRST "
                                + Math.max(1, limit) + " ROWS ONLY",
                        channel));
    }

    @Override
    public List<GenerationRecord> proposals(String channel) {
        return database.read("read the proposals of", connection -> proposals(connection, channel));
    }

    static List<GenerationRecord> proposals(Connection connection, String channel) throws SQLException {
        String numbers = "SELECT number FROM generation WHERE channel = ? AND state = ? ORDER BY number";
        return each(connection, numbers, channel, GenerationState.PROPOSED.name()).stream()
                .filter(record -> record.state() == GenerationState.PROPOSED)
                .toList();
    }

    @Override
    public List<GenerationRecord> failedWith(String channel, Digest stateDigest) {
        String numbers = "SELECT number FROM generation WHERE channel = ? AND state_digest = ? ORDER BY number DESC";
        return database.read(
                "read the history of",
                connection -> each(connection, numbers, channel, stateDigest.hex()).stream()
                        .filter(record ->
                                record.state() == GenerationState.FAILED || record.state() == GenerationState.PROVEN)
                        .takeWhile(record -> record.state() == GenerationState.FAILED)
                        .toList());
    }

    @Override
    public List<String> channels() {
        return database.read("read the channels of", GenerationTable::channels);
    }

    static List<String> channels(Connection connection) throws SQLException {
        return Sql.query(connection, "SELECT name FROM channel ORDER BY name", row -> row.getString(1));
    }

    private static GenerationRecord generation(ResultSet row) throws SQLException {
        byte[] text = row.getBytes(2);
        Digest digest = new Digest(row.getString(1));
        if (!Digest.of(text).equals(digest)) {
            throw new StoreException("A generation of channel " + row.getString(3)
                    + " is corrupt in the store: expected SHA-256 " + digest + ", found " + Digest.of(text));
        }
        return new GenerationRecord(
                GenerationText.read(text),
                row.getString(3),
                GenerationState.valueOf(row.getString(4)),
                Optional.ofNullable(row.getString(5)),
                Optional.ofNullable(row.getString(6)),
                Optional.ofNullable(row.getBytes(7)).map(bytes -> new String(bytes, StandardCharsets.UTF_8)),
                row.getInt(8) != 0,
                row.getInt(9) != 0);
    }

    static void insert(Connection connection, GenerationRecord record) throws SQLException {
        Generation generation = record.generation();
        Sql.update(
                connection,
                "INSERT INTO generation (number, digest, state_digest, channel, text, state, cause, retained,"
                        + " forced) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                generation.number(),
                generation.digest().hex(),
                generation.stateDigest().hex(),
                record.channel(),
                GenerationText.write(generation),
                record.state().name(),
                record.cause().orElse(null),
                record.retained() ? 1 : 0,
                record.forced() ? 1 : 0);
    }

    static void force(Connection connection, long number) throws SQLException {
        Sql.update(connection, "UPDATE generation SET forced = 1 WHERE number = ?", number);
    }

    static boolean claim(Connection connection, long number, String node, long now, long until) throws SQLException {
        return Sql.update(
                        connection,
                        "UPDATE generation SET claimed_by = ?, lease_until = ? WHERE number = ? AND state = ?"
                                + " AND (claimed_by IS NULL OR claimed_by = ? OR lease_until < ?)",
                        node,
                        until,
                        number,
                        GenerationState.PROPOSED.name(),
                        node,
                        now)
                == 1;
    }

    /**
     * Writes what became of a generation, if it is in one of the states {@code from}: another node or deployer may have
     * settled it since the caller looked. An empty report or cause leaves what is there.
     *
     * @return whether it was
     */
    static boolean settle(
            Connection connection,
            long number,
            Set<GenerationState> from,
            GenerationState state,
            Optional<String> cause,
            Optional<String> report)
            throws SQLException {
        Object[] parameters = Stream.of(
                        Stream.of(state.name(), number), from.stream().map(GenerationState::name))
                .flatMap(part -> part)
                .toArray();
        int changed = Sql.update(
                connection,
                "UPDATE generation SET state = ? WHERE number = ? AND state IN (" + Sql.marks(from.size()) + ")",
                parameters);
        if (changed == 0) {
            return false;
        }
        if (cause.isPresent()) {
            remark(connection, number, cause.get());
        }
        if (report.isPresent()) {
            byte[] bytes = report.get().getBytes(StandardCharsets.UTF_8);
            Sql.update(connection, "UPDATE generation SET report = ? WHERE number = ?", bytes, number);
        }
        return true;
    }

    static void remark(Connection connection, long number, String cause) throws SQLException {
        String cut = cause.length() <= LONGEST_CAUSE ? cause : cause.substring(0, LONGEST_CAUSE - 1) + "…";
        Sql.update(connection, "UPDATE generation SET cause = ? WHERE number = ?", cut, number);
    }

    /** Locks the channel's row until the transaction ends, making it if it is missing. */
    static void lock(Connection connection, String channel) throws SQLException {
        if (Sql.update(connection, "UPDATE channel SET head = head WHERE name = ?", channel) == 0) {
            Sql.update(connection, "INSERT INTO channel (name, head) VALUES (?, 0)", channel);
        }
    }

    /** {@return what to throw where the head is not where it was expected} */
    static ConflictException conflict(Connection connection, String channel, long expected) throws SQLException {
        long found = headNumber(connection, channel);
        return new ConflictException(
                channel,
                expected,
                found,
                GenerationDiff.between(state(connection, expected), state(connection, found)));
    }

    private static SystemState state(Connection connection, long number) throws SQLException {
        return find(connection, number)
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
    }

    static boolean moveHead(Connection connection, String channel, long from, long to) throws SQLException {
        return Sql.update(connection, "UPDATE channel SET head = ? WHERE name = ? AND head = ?", to, channel, from)
                == 1;
    }
}
