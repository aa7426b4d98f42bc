package io.mainstay.itests.journey;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A bundle that has a Derby of its own inside, and works with it as its maker does anywhere. */
public final class OwnDatabase implements BundleActivator {
    private static final String URL = "jdbc:derby:memory:own";

    /** Made by the framework. */
    public OwnDatabase() {}

    @Override
    public void start(BundleContext context) throws Exception {
        Class.forName("org.apache.derby.iapi.jdbc.AutoloadedDriver");
        try (Connection connection = DriverManager.getConnection(URL + ";create=true");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE thing (name VARCHAR(10))");
            statement.execute("INSERT INTO thing VALUES ('mine')");
            try (ResultSet rows = statement.executeQuery("SELECT name FROM thing")) {
                rows.next();
                System.out.println("the bundle's own database has " + rows.getString(1));
            }
        }
    }

    @Override
    public void stop(BundleContext context) throws SQLException {
        try {
            DriverManager.getConnection("jdbc:derby:;shutdown=true").close();
        } catch (SQLException e) {
            if (!"XJ015".equals(e.getSQLState())) {
                throw e;
            }
        }
    }
}
