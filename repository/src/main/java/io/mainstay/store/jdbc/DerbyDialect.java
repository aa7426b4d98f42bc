package io.mainstay.store.jdbc;

import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apache Derby, embedded in this process or behind its network server.
 *
 * <p>The engine's settings are set where the host has not set them itself; DESIGN.md has the measurements behind the numbers.
 */
final class DerbyDialect implements Dialect {
    private static final Logger LOG = LoggerFactory.getLogger(DerbyDialect.class);
    private static final String PREFIX = "jdbc:derby:";
    private static final String NOT_OPEN = "XJ004";

    private static final Map<String, String> ENGINE = Map.of(
            "derby.stream.error.method", DerbyLog.class.getName() + ".writer",
            "derby.storage.useDefaultFilePermissions", "false",
            "derby.storage.fileSyncTransactionLog", "true",
            "derby.storage.logBufferSize", "1040000",
            "derby.storage.pageCacheSize", "100",
            "derby.locks.deadlockTimeout", "3",
            "derby.locks.waitTimeout", "30");

    private final boolean embedded;

    DerbyDialect(String url) {
        this.embedded = !url.toLowerCase(Locale.ROOT).startsWith(PREFIX + "//");
    }

    static boolean accepts(String url) {
        return url.toLowerCase(Locale.ROOT).startsWith(PREFIX);
    }

    @Override
    public String bytesType() {
        return "BLOB";
    }

    @Override
    public String chunkType() {
        return "VARCHAR(" + chunkBytes() + ") FOR BIT DATA";
    }

    /** One row fills one page of 32 KiB. */
    @Override
    public int chunkBytes() {
        return 32_000;
    }

    /** The page size of a table is what this property says when it is made; the default of 4 KiB costs twice the time. */
    @Override
    public void aroundTables(Connection connection, Dialect.Tables tables) throws SQLException {
        setPageSize(connection, "'32768'");
        tables.make();
        setPageSize(connection, "NULL");
        Sql.update(
                connection,
                "CREATE FUNCTION clock_millis() RETURNS BIGINT LANGUAGE JAVA PARAMETER STYLE JAVA NO SQL"
                        + " EXTERNAL NAME 'java.lang.System.currentTimeMillis'");
    }

    /**
     * A change of a database property holds a lock that Derby gives to one transaction at a time. This one changes
     * nothing: there is no such property. Without it, two that make tables wait for each other's catalogue rows.
     */
    @Override
    public void lockTables(Connection connection) throws SQLException {
        setProperty(connection, "mainstay.making", "NULL");
    }

    private static void setPageSize(Connection connection, String value) throws SQLException {
        setProperty(connection, "derby.storage.pageSize", value);
    }

    private static void setProperty(Connection connection, String name, String value) throws SQLException {
        Sql.update(connection, "CALL SYSCS_UTIL.SYSCS_SET_DATABASE_PROPERTY('" + name + "', " + value + ")");
    }

    /** Not CURRENT_TIMESTAMP: that is the server's local time, which another process takes for its own. */
    @Override
    public String now() {
        return "VALUES clock_millis()";
    }

    @Override
    public String insertContent() {
        return ContentTable.INSERT;
    }

    @Override
    public boolean embedded() {
        return embedded;
    }

    @Override
    public String connectUrl(StoreOptions options) {
        String url = options.url().replaceAll("(?i);create=(true|false)", "");
        return options.create() ? url + ";create=true" : url;
    }

    /** Without a user, Derby would file everything under APP and call that a user; a name of our own reads better. */
    @Override
    public void addTo(Properties properties) {
        properties.putIfAbsent("user", DerbyGate.USER);
        if (embedded) {
            properties.putIfAbsent("password", DerbyGate.password());
        }
    }

    @Override
    public Optional<String> poolSchema() {
        return Optional.of("MAINSTAY");
    }

    /** Derby's client has no such setting, and refuses {@code setNetworkTimeout}; its socket has one. */
    @Override
    public void limitSilence(Connection connection, Duration limit) throws SQLException {
        if (embedded) {
            return;
        }
        try {
            Object agent = connection.getClass().getField("agent_").get(connection);
            Field socket = agent.getClass().getDeclaredField("socket_");
            socket.setAccessible(true);
            ((Socket) socket.get(agent)).setSoTimeout(Math.toIntExact(limit.toMillis()));
        } catch (IOException e) {
            throw new SQLException("The connection is broken: " + e.getMessage(), "08006", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Derby's network client is not as it was in 10.16.1.1", e);
        }
    }

    @Override
    public void useSchema(Connection connection, boolean create) throws SQLException {
        boolean there = Sql.first(connection, "SELECT 1 FROM SYS.SYSSCHEMAS WHERE SCHEMANAME = 'MAINSTAY'", row -> true)
                .isPresent();
        if (!there && create) {
            Sql.update(connection, "CREATE SCHEMA MAINSTAY");
        }
        if (there || create) {
            connection.setSchema("MAINSTAY");
        }
    }

    @Override
    public void prepare(StoreOptions options) {
        if (embedded) {
            DerbyEngine.boot(ENGINE, options.shared() ? DerbyGate.SETTINGS : Map.of());
        }
    }

    @Override
    public void giveBirth(StoreOptions options, Connecting tables) {
        if (embedded && options.create()) {
            DerbyBirth.of(options.url())
                    .ifPresent(birth -> birth.make(url -> {
                        tables.to(url.replaceAll("(?i);create=(true|false)", "") + ";create=true");
                        shutDown(new StoreOptions(url, options.user(), options.password(), false, false));
                    }));
        }
    }

    /** Shuts the database down, so that another process can open it; Derby says that it did by an exception. */
    @Override
    public void shutDown(StoreOptions options) {
        if (!embedded) {
            return;
        }
        String database = options.url().replaceAll(";.*", "");
        Properties properties = new Properties();
        options.user().ifPresent(user -> properties.put("user", user));
        options.password().ifPresent(password -> properties.put("password", password));
        addTo(properties);
        try (Connection connection = DriverManager.getConnection(database + ";shutdown=true", properties)) {
            LOG.warn("Derby did not shut down {}; it still serves {}", database, connection);
        } catch (SQLException e) {
            if (!"08006".equals(e.getSQLState()) && !NOT_OPEN.equals(e.getSQLState())) {
                LOG.warn("Shutting down {} failed; it will be recovered at its next opening", database, e);
            }
        }
    }
}
