package io.mainstay.store.jdbc;

import io.mainstay.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.derby.authentication.UserAuthenticator;

/**
 * Lets into this process's Derby only who knows a password that is made anew for each process. It stands before every
 * database of the engine, so that the network server cannot be used to open or make others.
 */
public final class DerbyGate implements UserAuthenticator {
    static final String USER = "mainstay";
    /** They put the gate up, if the engine boots with them; {@link #prove} finds out whether it has. */
    static final Map<String, String> SETTINGS = Map.of(
            "derby.connection.requireAuthentication",
            "true",
            "derby.authentication.provider",
            DerbyGate.class.getName());

    private static final String DROPPED = "08006";
    private static final String PASSWORD = freshPassword();

    /** Called by Derby, by reflection. */
    public DerbyGate() {}

    /**
     * Tries to make a database as a stranger would, after the engine has booted.
     *
     * @throws StoreException if that works
     */
    static void prove() {
        String url = "jdbc:derby:memory:mainstay-stranger-" + UUID.randomUUID();
        connect(url + ";create=true", "stranger", "none");
        // the new database lets no stranger in, but it may be there nevertheless, and then an older one would
        if (connect(url + ";drop=true", USER, PASSWORD).equals(DROPPED)) {
            throw new StoreException(
                    "Cannot share a store from this process: Derby ran in it before, without a password,"
                            + " and would let every program of this machine in; open the shared store first");
        }
    }

    /** {@return the SQLState that came of it} */
    private static String connect(String url, String user, String password) {
        try (Connection connection = DriverManager.getConnection(url, user, password)) {
            return connection.isClosed() ? "08003" : "00000";
        } catch (SQLException e) {
            return String.valueOf(e.getSQLState());
        }
    }

    static String password() {
        return PASSWORD;
    }

    @Override
    public boolean authenticateUser(String user, String password, String database, Properties info) {
        return password != null
                && USER.equalsIgnoreCase(user)
                && MessageDigest.isEqual(
                        PASSWORD.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
    }

    private static String freshPassword() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
