package io.mainstay.store.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs one prepared statement at a time. */
final class Sql {

    /** Makes a value of the row that the result set stands on. */
    @FunctionalInterface
    interface RowMapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    private Sql() {}

    static <T> List<T> query(Connection connection, String sql, RowMapper<T> mapper, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            try (ResultSet rows = statement.executeQuery()) {
                List<T> result = new ArrayList<>();
                while (rows.next()) {
                    result.add(mapper.map(rows));
                }
                return result;
            }
        }
    }

    static <T> Optional<T> first(Connection connection, String sql, RowMapper<T> mapper, Object... parameters)
            throws SQLException {
        return query(connection, sql, mapper, parameters).stream().findFirst();
    }

    /** Finds the row that a key stands for. */
    @FunctionalInterface
    interface Finder<K, T> {
        Optional<T> find(K key) throws SQLException;
    }

    /**
     * Reads rows that others may be changing: first their keys, then each row by its key. Derby gives up its lock on a row
     * that it finds through an index before it reads it, unless the key is unique; where another transaction changes a long
     * row just then, the reader gets a mixture, or an exception from deep inside. The query should find its keys in an
     * index that has all it asks for; and what it asked of a row may not be true any more when that is read.
     */
    static <K, T> List<T> each(
            Connection connection, String sql, RowMapper<K> key, Finder<K, T> finder, Object... parameters)
            throws SQLException {
        List<T> result = new ArrayList<>();
        for (K found : query(connection, sql, key, parameters)) {
            finder.find(found).ifPresent(result::add);
        }
        return result;
    }

    static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            return statement.executeUpdate();
        }
    }

    /** Binds in order; bytes go as bytes. */
    static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i] instanceof byte[] bytes) {
                statement.setBytes(i + 1, bytes);
            } else if (parameters[i] == null) {
                statement.setNull(i + 1, java.sql.Types.VARCHAR);
            } else {
                statement.setObject(i + 1, parameters[i]);
            }
        }
    }

    /** {@return question marks for {@code count} parameters, to stand between parentheses} */
    static String marks(int count) {
        return String.join(", ", java.util.Collections.nCopies(count, "?"));
    }
}
