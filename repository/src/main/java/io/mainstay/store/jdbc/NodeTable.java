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
import java.util.List;
import java.util.Optional;

/** The table {@code node}. */
final class NodeTable implements Nodes {
    private static final String SELECT =
            "SELECT name, incarnation, channel, generation, state, reason, report, seen_at FROM node";

    private final Database database;

    NodeTable(Database database) {
        this.database = database;
    }

    @Override
    public List<NodeRecord> all(String channel) {
        return database.read("read the nodes of", connection -> {
            long now = database.now(connection);
            return Sql.query(connection, SELECT + " WHERE channel = ? ORDER BY name", row -> node(row, now), channel);
        });
    }

    @Override
    public void report(NodeRecord record) {
        database.write("write the node to", connection -> {
            long now = database.now(connection);
            Optional<NodeRecord> before =
                    Sql.first(connection, SELECT + " WHERE name = ?", row -> node(row, now), record.name());
            if (before.isPresent()
                    && before.get().alive()
                    && !before.get().incarnation().equals(record.incarnation())) {
                throw new StoreException("Cannot run as node " + record.name() + ": a node of that name runs already, "
                        + "heard of " + before.get().silent().toSeconds() + " s ago; give this one another name");
            }
            write(connection, record, before.isPresent(), now);
            return null;
        });
    }

    private static void write(Connection connection, NodeRecord record, boolean there, long now) throws SQLException {
        String sql = there
                ? "UPDATE node SET incarnation = ?, channel = ?, generation = ?, state = ?, reason = ?, report = ?,"
                        + " seen_at = ? WHERE name = ?"
                : "INSERT INTO node (incarnation, channel, generation, state, reason, report, seen_at, name)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        Sql.update(
                connection,
                sql,
                record.incarnation(),
                record.channel(),
                record.generation(),
                record.state().name(),
                record.reason().orElse(null),
                record.report().getBytes(StandardCharsets.UTF_8),
                now,
                record.name());
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
                Duration.ofMillis(Math.max(0, now - row.getLong(8))));
    }
}
