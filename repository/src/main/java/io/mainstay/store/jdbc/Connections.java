package io.mainstay.store.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** Makes the pool's connections: new ones, at each call. Thread-safe. */
final class Connections implements DataSource {
    private final Maker maker;

    /** Makes a connection. */
    @FunctionalInterface
    interface Maker {
        Connection make() throws SQLException;
    }

    Connections(Maker maker) {
        this.maker = maker;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return maker.make();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The user is given by the store's options");
    }

    @Override
    public PrintWriter getLogWriter() {
        return DriverManager.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException("Drivers share one log writer");
    }

    /** Does nothing: there is one for all drivers of the process, which {@link Database} sets where it has to be. */
    @Override
    public void setLoginTimeout(int seconds) {
        // see above
    }

    @Override
    public int getLoginTimeout() {
        return DriverManager.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("There is no logger of ours here");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("Nothing is wrapped here");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
