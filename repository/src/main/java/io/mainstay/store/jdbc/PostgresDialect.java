package io.mainstay.store.jdbc;

import io.mainstay.store.StoreOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;

/** PostgreSQL, and what speaks its protocol. */
final class PostgresDialect implements Dialect {

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

    /** A search path set inside a transaction goes away with its rollback, so the driver has to set it. */
    @Override
    public void addTo(Properties properties) {
        properties.put("currentSchema", "mainstay");
    }

    @Override
    public Optional<String> poolSchema() {
        return Optional.empty();
    }

    @Override
    public void useSchema(Connection connection, boolean create) throws SQLException {
        if (create) {
            Sql.update(connection, "CREATE SCHEMA IF NOT EXISTS mainstay");
        }
    }
}
