package io.mainstay.store.jdbc;

import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.Digest;
import io.mainstay.store.IndexQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The table {@code capability}: an index from namespace and name to content. */
final class CapabilityTable {
    /** Longer names are cut, here and in queries; whoever asks checks the candidates anyway. */
    private static final int LONGEST = 1000;

    private CapabilityTable() {}

    static void insert(Connection connection, Digest digest, Collection<Key> keys) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO capability (namespace, name, digest) VALUES (?, ?, ?)")) {
            for (Key key : keys) {
                Sql.bind(statement, key.namespace(), cut(key.name()), digest.hex());
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

    static Set<Digest> providers(Connection connection, IndexQuery query) throws SQLException {
        StringBuilder sql = new StringBuilder("SELECT DISTINCT digest FROM capability WHERE namespace = ?");
        List<Object> parameters = new ArrayList<>(List.of(query.namespace()));
        if (!query.names().isEmpty()) {
            sql.append(" AND name IN (").append(Sql.marks(query.names().size())).append(')');
            query.names().forEach(name -> parameters.add(cut(name)));
        }
        if (query.prefix().isPresent()) {
            sql.append(" AND name LIKE ? ESCAPE '!'");
            parameters.add(cut(query.prefix().get()).replaceAll("[!%_]", "!$0") + "%");
        }
        return Sql.query(connection, sql.toString(), row -> new Digest(row.getString(1)), parameters.toArray()).stream()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String cut(String name) {
        return name.length() <= LONGEST ? name : name.substring(0, LONGEST);
    }
}
