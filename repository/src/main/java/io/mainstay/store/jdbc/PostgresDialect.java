package io.mainstay.store.jdbc;

import io.mainstay.store.StoreOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;

/** PostgreSQL, and what speaks its protocol. */
final class PostgresDialect implements Dialect {
    /** The key of our advisory lock: "mainstay" in ASCII. */
    private static final long TABLES_LOCK = 0x6d61696e73746179L;

    @Override
    public String bytesType() {
        return "BYTEA";
    }

    @Override
    public String chunkType() {
        return "BYTEA";
    }

    @Override
    public int chunkBytes() {
        return 256 * 1024;
    }

    /** Jars are compressed already: keep the server from trying again. */
    @Override
    public void aroundTables(Connection connection, Dialect.Tables tables) throws SQLException {
        tables.make();
        Sql.update(connection, "ALTER TABLE content_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL");
    }

    @Override
    public String now() {
        return "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
    }

    @Override
    public String insertContent() {
        return ContentTable.INSERT + " ON CONFLICT (digest) DO NOTHING";
    }

    @Override
    public boolean embedded() {
        return false;
    }

    @Override
    public String connectUrl(StoreOptions options) {
        return options.url();
    }

    /** What the URL says wins over these. A search path set inside a transaction goes away with its rollback, so the driver has to set it. */
    @Override
    public void addTo(Properties properties) {
        properties.put("currentSchema", "mainstay");
        properties.put("tcpKeepAlive", "true");
        String seconds = String.valueOf(Database.CONNECT.toSeconds());
        properties.put("connectTimeout", seconds);
        properties.put("loginTimeout", seconds);
        properties.put("socketTimeout", String.valueOf(Database.SILENCE.toSeconds()));
    }

    @Override
    public Optional<String> poolSchema() {
        return Optional.empty();
    }

    /** Two sessions that create one schema or table at once both find it missing; the second then fails on a unique key. */
    @Override
    public void lockTables(Connection connection) throws SQLException {
        Sql.first(connection, "SELECT pg_advisory_xact_lock(" + TABLES_LOCK + ")", row -> true);
    }

    @Override
    public void useSchema(Connection connection, boolean create) throws SQLException {
        if (create) {
            Sql.update(connection, "CREATE SCHEMA IF NOT EXISTS mainstay");
        }
    }
}
