package io.mainstay.store.jdbc;

import io.mainstay.store.StoreOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;

/** What differs between engines. Thread-safe. */
interface Dialect {

    /** {@return the engine's column type for bytes of up to a few megabytes} */
    String bytesType();

    /** {@return the engine's column type for one row's share of content} */
    String chunkType();

    /** {@return the number of bytes in one row of content} */
    int chunkBytes();

    /** Makes tables. */
    @FunctionalInterface
    interface Tables {
        void make() throws SQLException;
    }

    /** Makes tables, with what has to be set before and taken back after. */
    void aroundTables(Connection connection, Tables tables) throws SQLException;

    /** {@return the query for the database's own clock, in milliseconds since 1970} */
    String now();

    /** {@return the statement that inserts a row of content, and inserts nothing if it is there} */
    String insertContent();

    /** {@return whether the database lives in this process} */
    boolean embedded();

    /** {@return the URL to connect to, made from what the user gave} */
    String connectUrl(StoreOptions options);

    /** Adds what the driver needs besides the user and password. */
    default void addTo(Properties properties) {}

    /** Makes the schema {@code mainstay} the connection's own, creating it if it is missing and {@code create} says so. */
    void useSchema(Connection connection, boolean create) throws SQLException;

    /** Keeps other processes from making the same tables until the transaction ends. */
    void lockTables(Connection connection) throws SQLException;

    /**
     * Bounds how long a connection waits for a server that says nothing any more.
     *
     * @param limit longer than any statement of ours takes, and than the engine itself waits for a lock
     */
    default void limitSilence(Connection connection, Duration limit) throws SQLException {}

    /** {@return the schema that the pool sets on each new connection; empty if the driver does so by a property} */
    Optional<String> poolSchema();

    /**
     * Makes an embedded database that is not there, whole or not at all; does nothing for others.
     *
     * @param tables makes the tables through a connection
     */
    default void giveBirth(StoreOptions options, Connecting tables) {}

    /** Does something with a URL and its connection, and closes it. */
    @FunctionalInterface
    interface Connecting {
        void to(String url);
    }

    /** Called once, before the first connection of a process, and once more for each store. */
    default void prepare(StoreOptions options) {}

    /** Ends what {@link #prepare} and the connections began, after the last connection of the process is closed. */
    default void shutDown(StoreOptions options) {}
}
