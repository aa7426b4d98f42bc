package io.mainstay.store.jdbc;

import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.Digest;
import io.mainstay.store.IndexQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The table {@code capability}: an index from namespace and name to content. */
final class CapabilityTable {
    /**
     * Longer names are cut, here and in queries; whoever asks checks the candidates anyway. Together with a digest, and
     * at four bytes a character, they fit into the third of a page that PostgreSQL gives to an entry of an index.
     */
    private static final int LONGEST_NAME = 400;

    private static final int LONGEST_NAMESPACE = 250;

    private CapabilityTable() {}

    static void insert(Connection connection, Digest digest, Collection<Key> keys) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO capability (namespace, name, digest) VALUES (?, ?, ?)")) {
            for (Key key : keys) {
                Sql.bind(statement, namespace(key.namespace()), name(key.name()), digest.hex());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    static List<Key> keys(Connection connection, Digest digest) throws SQLException {
        return Sql.query(
                connection,
                "SELECT namespace, name FROM capability WHERE digest = ?",
                row -> new Key(row.getString(1), row.getString(2)),
                digest.hex());
    }

    /** Asks for name after name: for a list of names, Derby would read all of the namespace. */
    static Set<Digest> providers(Connection connection, IndexQuery query) throws SQLException {
        String sql = "SELECT DISTINCT digest FROM capability WHERE namespace = ?";
        String namespace = namespace(query.namespace());
        if (query.prefix().isPresent()) {
            String pattern = name(query.prefix().get()).replaceAll("[!%_]", "!$0") + "%";
            return digests(connection, sql + " AND name LIKE ? ESCAPE '!'", namespace, pattern);
        } else if (query.names().isEmpty()) {
            return digests(connection, sql, namespace);
        }
        Set<Digest> found = new TreeSet<>();
        for (String name : query.names()) {
            found.addAll(digests(connection, sql + " AND name = ?", namespace, name(name)));
        }
        return found;
    }

    private static Set<Digest> digests(Connection connection, String sql, Object... parameters) throws SQLException {
        return new TreeSet<>(Sql.query(connection, sql, row -> new Digest(row.getString(1)), parameters));
    }

    private static String namespace(String namespace) {
        return cut(namespace, LONGEST_NAMESPACE);
    }

    private static String name(String name) {
        return cut(name, LONGEST_NAME);
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }
}
