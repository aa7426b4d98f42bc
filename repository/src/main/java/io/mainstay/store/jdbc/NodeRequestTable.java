package io.mainstay.store.jdbc;

import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeRequests;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table {@code node_request}. */
final class NodeRequestTable implements NodeRequests {
    private static final Duration KEPT = Duration.ofDays(1);
    private static final int LONGEST_AUTHOR = 1000;

    private final Database database;

    NodeRequestTable(Database database) {
        this.database = database;
    }

    @Override
    public NodeRequest ask(String incarnation, NodeRequest.Kind kind, String author, String message) {
        NodeRequest request = new NodeRequest(
                UUID.randomUUID().toString(),
                incarnation,
                kind,
                author.length() <= LONGEST_AUTHOR ? author : author.substring(0, LONGEST_AUTHOR - 1) + "…",
                message,
                Optional.empty());
        return database.write("write a request to", connection -> {
            long now = database.now(connection);
            Sql.update(connection, "DELETE FROM node_request WHERE asked_at < ?", now - KEPT.toMillis());
            Sql.update(
                    connection,
                    "INSERT INTO node_request (id, incarnation, kind, author, message, asked_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    request.id(),
                    incarnation,
                    kind.name(),
                    request.author(),
                    message.getBytes(StandardCharsets.UTF_8),
                    now);
            return request;
        });
    }

    @Override
    public List<NodeRequest> open(String incarnation) {
        String ids = "SELECT id FROM node_request WHERE incarnation = ? AND outcome IS NULL ORDER BY asked_at";
        return database.read(
                "read the requests of",
                connection ->
                        Sql.each(connection, ids, row -> row.getString(1), id -> find(connection, id), incarnation)
                                .stream()
                                .filter(request -> request.answer().isEmpty())
                                .toList());
    }

    @Override
    public void answer(String id, NodeRequest.Answer answer) {
        database.write(
                "write an answer to",
                connection -> Sql.update(
                        connection,
                        "UPDATE node_request SET outcome = ?, answer = ?, generation = ? WHERE id = ?",
                        answer.outcome().name(),
                        answer.text().getBytes(StandardCharsets.UTF_8),
                        answer.generation(),
                        id));
    }

    @Override
    public Optional<NodeRequest> find(String id) {
        return database.read("read a request of", connection -> find(connection, id));
    }

    @Override
    public void forget(String id) {
        database.write(
                "take a request out of",
                connection -> Sql.update(connection, "DELETE FROM node_request WHERE id = ?", id));
    }

    private static Optional<NodeRequest> find(Connection connection, String id) throws SQLException {
        return Sql.first(
                connection,
                "SELECT id, incarnation, kind, author, message, outcome, answer, generation FROM node_request"
                        + " WHERE id = ?",
                NodeRequestTable::request,
                id);
    }

    private static NodeRequest request(ResultSet row) throws SQLException {
        String outcome = row.getString(6);
        return new NodeRequest(
                row.getString(1),
                row.getString(2),
                NodeRequest.Kind.of(row.getString(3)),
                row.getString(4),
                text(row.getBytes(5)),
                outcome == null
                        ? Optional.empty()
                        : Optional.of(new NodeRequest.Answer(
                                NodeRequest.Outcome.valueOf(outcome), text(row.getBytes(7)), row.getLong(8))));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
