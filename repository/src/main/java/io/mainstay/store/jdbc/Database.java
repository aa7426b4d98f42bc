package io.mainstay.store.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.spi.Milestone;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/**
 * Connections to one database, translated exceptions included. Thread-safe.
 *
 * <p>Connections come from the pool without auto-commit; every reading ends in a rollback, which releases its locks.
 */
final class Database implements AutoCloseable {
    private static final int CONNECTIONS = 8;
    /** How long to wait for a connection. */
    static final Duration CONNECT = Duration.ofSeconds(5);
    /** How long to wait for a server to say something: it may be waiting for a lock for {@code derby.locks.waitTimeout}. */
    static final Duration SILENCE = Duration.ofSeconds(60);
    /** So often a process that makes the tables may find that another is just doing so. */
    private static final int ATTEMPTS = 5;

    private final Dialect dialect;
    private final StoreOptions options;
    private final HikariDataSource pool;

    /** Does something with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private Database(Dialect dialect, StoreOptions options, HikariDataSource pool) {
        this.dialect = dialect;
        this.options = options;
        this.pool = pool;
    }

    /** Opens a database; a first connection outside the pool makes the schema and gives the clear error. */
    static Database open(Dialect dialect, StoreOptions options) {
        dialect.prepare(options);
        if (!dialect.embedded()) {
            limitLogin();
        }
        Properties properties = properties(dialect, options);
        dialect.giveBirth(options, url -> makeTables(dialect, options, url, properties));
        makeTables(dialect, options, dialect.connectUrl(options), properties);
        Milestone.STORE_OPENED.reached();
        return new Database(dialect, options, pool(dialect, options, properties));
    }

    /**
     * Drivers know no other limit for the time until a server lets us in, than one for all. An embedded database recovers when it is opened,
     * as long as that takes.
     */
    private static void limitLogin() {
        if (DriverManager.getLoginTimeout() == 0) {
            DriverManager.setLoginTimeout(Math.toIntExact(CONNECT.toSeconds()));
        }
    }

    private static void makeTables(Dialect dialect, StoreOptions options, String url, Properties properties) {
        for (int attempt = 1; ; attempt++) {
            try (Connection first = connect(dialect, url, properties)) {
                first.setAutoCommit(false);
                onOrBack(first, connection -> {
                    new Schema(dialect, options).update(connection);
                    connection.commit();
                    return null;
                });
                first.rollback(); // what only looked may hold locks
                return;
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !SqlStates.madeByOther(e)) {
                    throw SqlStates.translateOpening(options, e);
                }
            }
        }
    }

    private static Connection connect(Dialect dialect, String url, Properties properties) throws SQLException {
        Connection connection = DriverManager.getConnection(url, properties);
        try {
            dialect.limitSilence(connection, SILENCE);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Properties properties(Dialect dialect, StoreOptions options) {
        Properties properties = new Properties();
        options.user().ifPresent(user -> properties.put("user", user));
        options.password().ifPresent(password -> properties.put("password", password));
        dialect.addTo(properties);
        return properties;
    }

    private static HikariDataSource pool(Dialect dialect, StoreOptions options, Properties properties) {
        HikariConfig config = new HikariConfig();
        String url = dialect.connectUrl(options.existing());
        config.setDataSource(new Connections(() -> connect(dialect, url, properties)));
        dialect.poolSchema().ifPresent(config::setSchema);
        config.setAutoCommit(false);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(CONNECT.toMillis());
        config.setInitializationFailTimeout(-1);
        config.setPoolName("mainstay-store");
        return new HikariDataSource(config);
    }

    Dialect dialect() {
        return dialect;
    }

    String url() {
        return options.publicUrl();
    }

    /** Takes a connection that the caller commits or rolls back, and closes. */
    Connection connect() {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw SqlStates.translate("reach", url(), e);
        }
    }

    /** Reads, and leaves no lock behind. */
    <T> T read(String action, Work<T> work) {
        try (Connection connection = connect()) {
            T result = onOrBack(connection, work);
            connection.rollback();
            return result;
        } catch (SQLException e) {
            throw SqlStates.translate(action, url(), e);
        }
    }

    /** Does a small piece of work and commits it. */
    <T> T write(String action, Work<T> work) {
        try (Connection connection = connect()) {
            T result = onOrBack(connection, work);
            Milestone.COMMITTING.reached();
            connection.commit();
            Milestone.COMMITTED.reached();
            return result;
        } catch (SQLException e) {
            throw SqlStates.translate(action, url(), e);
        }
    }

    /** Takes back what fails; that this fails, too, on a broken connection, must not hide why. */
    private static <T> T onOrBack(Connection connection, Work<T> work) throws SQLException {
        try {
            return work.on(connection);
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
            } catch (SQLException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** {@return the database's clock, in milliseconds since 1970} */
    long now(Connection connection) throws SQLException {
        return Sql.first(connection, dialect.now(), row -> row.getLong(1)).orElseThrow();
    }

    @Override
    public void close() {
        pool.close();
    }
}
