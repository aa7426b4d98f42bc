package io.mainstay.store.jdbc;

import io.mainstay.store.Digest;
import io.mainstay.store.Draft;
import io.mainstay.store.Drafts;
import io.mainstay.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The table {@code draft}. Its rows are only read by their keys: see {@link Sql#each}. */
final class DraftTable implements Drafts {
    private static final int LONGEST = 1000;
    private static final int LONGEST_AUTHOR = 250;

    private final Database database;

    DraftTable(Database database) {
        this.database = database;
    }

    private record Key(String channel, String location, String author, String path) {}

    @Override
    public List<Draft> all(String channel) {
        return database.read(
                "read the drafts of",
                connection -> Sql.each(
                        connection,
                        "SELECT channel, location, author, path FROM draft WHERE channel = ?"
                                + " ORDER BY location, author, path",
                        row -> new Key(row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
                        key -> find(connection, key),
                        channel));
    }

    /** {@return what drafts were made from} */
    static List<Digest> bases(Connection connection) throws SQLException {
        return Sql.query(connection, "SELECT DISTINCT base FROM draft", row -> new Digest(row.getString(1)));
    }

    private static Optional<Draft> find(Connection connection, Key key) throws SQLException {
        return Sql.first(
                connection,
                "SELECT channel, location, author, path, base, bytes, saved_at FROM draft"
                        + " WHERE channel = ? AND location = ? AND author = ? AND path = ?",
                DraftTable::draft,
                key.channel(),
                key.location(),
                key.author(),
                key.path());
    }

    private static Draft draft(ResultSet row) throws SQLException {
        return new Draft(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                new Digest(row.getString(5)),
                row.getBytes(6),
                Instant.ofEpochMilli(row.getLong(7)));
    }

    @Override
    public void save(Draft draft) {
        requireShort("location", draft.location(), LONGEST);
        requireShort("path", draft.path(), LONGEST);
        requireShort("author", draft.author(), LONGEST_AUTHOR);
        database.write("write a draft to", connection -> {
            Sql.update(
                    connection,
                    "DELETE FROM draft WHERE channel = ? AND location = ? AND author = ? AND path = ?",
                    draft.channel(),
                    draft.location(),
                    draft.author(),
                    draft.path());
            return Sql.update(
                    connection,
                    "INSERT INTO draft (channel, location, author, path, base, bytes, saved_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    draft.channel(),
                    draft.location(),
                    draft.author(),
                    draft.path(),
                    draft.base().hex(),
                    draft.bytes(),
                    database.now(connection));
        });
    }

    private static void requireShort(String what, String text, int longest) {
        if (text.length() > longest) {
            throw new StoreException("Cannot save a draft: its " + what + " has " + text.length()
                    + " characters, the limit is " + longest);
        }
    }

    @Override
    public int drop(String channel, String location, String author) {
        return database.write(
                "drop a draft of",
                connection -> Sql.update(
                        connection,
                        "DELETE FROM draft WHERE channel = ? AND location = ? AND author = ?",
                        channel,
                        location,
                        author));
    }

    @Override
    public void drop(Draft draft) {
        database.write(
                "drop a draft of",
                connection -> Sql.update(
                        connection,
                        "DELETE FROM draft WHERE channel = ? AND location = ? AND author = ? AND path = ?",
                        draft.channel(),
                        draft.location(),
                        draft.author(),
                        draft.path()));
    }
}
