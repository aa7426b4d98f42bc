package io.mainstay.store.jdbc;

import io.mainstay.store.SchemaTooNewException;
import io.mainstay.store.StoreMissingException;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.spi.Milestone;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The version of the tables, and the scripts {@code schema-NNN.sql} that lead from one version to the next. All of an
 * update is one transaction on the engines that we support: a store is on the old version or on the new one.
 */
final class Schema {
    private static final int NEWEST = 1;
    /** There is not even a table for the version. */
    private static final int NOTHING = -1;

    private final Dialect dialect;
    private final StoreOptions options;

    Schema(Dialect dialect, StoreOptions options) {
        this.dialect = dialect;
        this.options = options;
    }

    /** Brings the tables to the newest version; the caller commits. */
    void update(Connection connection) throws SQLException {
        if (dialect.embedded() && isNewest(connection)) {
            return; // one statement instead of four: each costs its compilation, at every start
        }
        dialect.useSchema(connection, false);
        if (found(connection) == NEWEST) {
            return;
        }
        dialect.lockTables(connection);
        dialect.useSchema(connection, options.create());
        int version = version(connection);
        if (version > NEWEST) {
            throw new SchemaTooNewException(options.publicUrl(), version, NEWEST);
        }
        if (version == 0 && !options.create()) {
            throw new StoreMissingException(options.publicUrl(), null);
        }
        for (int next = version + 1; next <= NEWEST; next++) {
            int step = next;
            dialect.aroundTables(connection, () -> run(connection, step));
            Sql.update(connection, "INSERT INTO schema_version (version) VALUES (?)", next);
        }
        Milestone.TABLES_MADE.reached();
    }

    private static boolean isNewest(Connection connection) throws SQLException {
        try {
            return Sql.first(
                            connection,
                            "SELECT version FROM mainstay.schema_version ORDER BY version DESC",
                            row -> row.getInt(1))
                    .filter(version -> version == NEWEST)
                    .isPresent();
        } catch (SQLException e) {
            if (SqlStates.missingTable(e)) {
                return false;
            }
            throw e;
        }
    }

    /** {@return the version found; 0 for a database without our tables, which then get their version table} */
    private int version(Connection connection) throws SQLException {
        int found = found(connection);
        if (found == NOTHING && options.create()) {
            Sql.update(connection, "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)");
        }
        return Math.max(0, found);
    }

    private static int found(Connection connection) throws SQLException {
        if (tables(connection).stream().noneMatch("schema_version"::equalsIgnoreCase)) {
            return NOTHING;
        }
        return Sql.first(connection, "SELECT MAX(version) FROM schema_version", row -> row.getInt(1))
                .orElse(0);
    }

    private static List<String> tables(Connection connection) throws SQLException {
        List<String> names = new java.util.ArrayList<>();
        String schema = connection.getSchema();
        if (schema == null) {
            return names; // PostgreSQL has no schema of ours yet, and would list the tables of all others
        }
        try (var rows = connection.getMetaData().getTables(null, schema, null, new String[] {"TABLE"})) {
            while (rows.next()) {
                names.add(rows.getString("TABLE_NAME"));
            }
            return names;
        }
    }

    private void run(Connection connection, int version) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : script(version).split(";\\s*\\n")) {
                if (!sql.isBlank()) {
                    statement.executeUpdate(
                            sql.replace("${bytes}", dialect.bytesType()).replace("${chunk}", dialect.chunkType()));
                }
            }
        }
    }

    private static String script(int version) {
        String name = String.format("schema-%03d.sql", version);
        try (InputStream in = Schema.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--"))
                    .collect(Collectors.joining("\n", "", "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + name + " of this program", e);
        }
    }
}
