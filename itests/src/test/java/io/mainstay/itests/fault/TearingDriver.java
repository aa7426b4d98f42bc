package io.mainstay.itests.fault;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.Logger;

/**
 * Makes what should be atomic not so: commits after each statement that changes something. The negative control of the
 * tests that kill. It has to be registered before all others.
 */
final class TearingDriver implements Driver {

    @Override
    public Connection connect(String url, Properties properties) throws SQLException {
        Connection connection = real(url).connect(url, properties);
        return connection == null ? null : tearing(connection);
    }

    private Driver real(String url) throws SQLException {
        for (Driver driver : DriverManager.drivers().toList()) {
            if (driver != this && driver.acceptsURL(url)) {
                return driver;
            }
        }
        throw new SQLException("No driver for " + url);
    }

    private static Connection tearing(Connection connection) {
        return proxy(Connection.class, connection, (method, result) -> {
            if (method.equals("prepareStatement")) {
                return proxy(PreparedStatement.class, (PreparedStatement) result, (call, count) -> {
                    if (call.equals("executeUpdate") && !connection.getAutoCommit()) {
                        connection.commit();
                    }
                    return count;
                });
            }
            return result;
        });
    }

    @FunctionalInterface
    private interface After {
        Object done(String method, Object result) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, T real, After after) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            try {
                return after.done(method.getName(), method.invoke(real, given));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.startsWith("jdbc:derby:") || url.startsWith("jdbc:postgresql:");
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }
}
