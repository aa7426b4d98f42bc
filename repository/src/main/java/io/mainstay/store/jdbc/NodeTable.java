package io.mainstay.store.jdbc;

import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Nodes;
import io.mainstay.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code node}. Its rows are only read by their keys: see {@link Sql#each}. */
final class NodeTable implements Nodes {
    private final Database database;

    NodeTable(Database database) {
        this.database = database;
    }

    @Override
    public List<NodeRecord> all(String channel) {
        return database.read(
                "read the nodes of",
                connection -> all(connection, database.now(connection)).stream()
                        .filter(node -> node.channel().equals(channel))
                        .toList());
    }

    /** {@return the nodes of all channels, by name} */
    static List<NodeRecord> all(Connection connection, long now) throws SQLException {
        return Sql.each(
                connection,
                "SELECT name FROM node ORDER BY name",
                row -> row.getString(1),
                name -> find(connection, name, now));
    }

    private static Optional<NodeRecord> find(Connection connection, String name, long now) throws SQLException {
        return Sql.first(
                connection,
                "SELECT name, incarnation, channel, generation, state, reason, report, seen_at FROM node"
                        + " WHERE name = ?",
                row -> node(row, now),
                name);
    }

    @Override
    public void report(NodeRecord record) {
        database.write("write the node to", connection -> {
            report(connection, record, database.now(connection));
            return null;
        });
    }

    static void report(Connection connection, NodeRecord record, long now) throws SQLException {
        if (!update(connection, record, now)) {
            Optional<NodeRecord> other = find(connection, record.name(), now);
            if (other.isPresent()) {
                throw taken(
                        record, ", heard of " + Math.max(0, other.get().silent().toSeconds()) + " s ago");
            }
            insert(connection, record, now);
        }
    }

    /** {@return whether the row was this incarnation's, or that of one that is not alive} */
    private static boolean update(Connection connection, NodeRecord record, long now) throws SQLException {
        return Sql.update(
                        connection,
                        "UPDATE node SET incarnation = ?, channel = ?, generation = ?, state = ?, reason = ?, report = ?,"
                                + " seen_at = ? WHERE name = ? AND (incarnation = ? OR state = ? OR seen_at <= ?)",
                        values(
                                record,
                                now,
                                record.incarnation(),
                                NodeState.STOPPED.name(),
                                now - NodeRecord.GONE_AFTER.toMillis()))
                == 1;
    }

    /** {@return what both statements write, the name last, and what comes behind it} */
    private static Object[] values(NodeRecord record, long now, Object... more) {
        List<Object> values = new ArrayList<>();
        values.add(record.incarnation());
        values.add(record.channel());
        values.add(record.generation());
        values.add(record.state().name());
        values.add(record.reason().orElse(null));
        values.add(record.report().getBytes(StandardCharsets.UTF_8));
        values.add(now);
        values.add(record.name());
        values.addAll(List.of(more));
        return values.toArray();
    }

    private static void insert(Connection connection, NodeRecord record, long now) throws SQLException {
        try {
            Sql.update(
                    connection,
                    "INSERT INTO node (incarnation, channel, generation, state, reason, report, seen_at, name)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    values(record, now));
        } catch (SQLException e) {
            if (SqlStates.duplicateKey(e)) {
                throw taken(record, ", started at this moment");
            }
            throw e;
        }
    }

    private static StoreException taken(NodeRecord record, String since) {
        return new StoreException("Cannot run as node " + record.name() + ": a node of that name runs already" + since
                + "; give this one another name");
    }

    @Override
    public boolean heartbeat(String name, String incarnation) {
        return database.write(
                "write the node to",
                connection -> Sql.update(
                                connection,
                                "UPDATE node SET seen_at = ? WHERE name = ? AND incarnation = ? AND state <> ?",
                                database.now(connection),
                                name,
                                incarnation,
                                NodeState.STOPPED.name())
                        == 1);
    }

    @Override
    public void gone(NodeRecord silent) {
        database.write(
                "write the node to",
                connection -> Sql.update(
                        connection,
                        "UPDATE node SET state = ? WHERE name = ? AND incarnation = ? AND seen_at < ?",
                        NodeState.STOPPED.name(),
                        silent.name(),
                        silent.incarnation(),
                        database.now(connection) - NodeRecord.GONE_AFTER.toMillis()));
    }

    private static NodeRecord node(ResultSet row, long now) throws SQLException {
        return new NodeRecord(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                NodeState.valueOf(row.getString(5)),
                Optional.ofNullable(row.getString(6)),
                new String(row.getBytes(7), StandardCharsets.UTF_8),
                Duration.ofMillis(now - row.getLong(8)));
    }
}
