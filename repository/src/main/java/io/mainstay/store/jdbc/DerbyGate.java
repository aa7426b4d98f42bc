package io.mainstay.store.jdbc;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import org.apache.derby.authentication.UserAuthenticator;

/**
 * Lets into this process's Derby only who knows a password that is made anew for each process. It stands before every
 * database of the engine, so that the network server cannot be used to open or make others.
 */
public final class DerbyGate implements UserAuthenticator {
    static final String USER = "mainstay";
    private static final String REQUIRED = "derby.connection.requireAuthentication";
    private static final String PROVIDER = "derby.authentication.provider";
    private static final String PASSWORD = freshPassword();

    /** Called by Derby, by reflection. */
    public DerbyGate() {}

    /** Puts the gate up; it works if the engine has not booted yet. */
    static void raise() {
        System.setProperty(REQUIRED, "true");
        System.setProperty(PROVIDER, DerbyGate.class.getName());
    }

    /** {@return whether the gate was put up in this process} */
    static boolean raised() {
        return DerbyGate.class.getName().equals(System.getProperty(PROVIDER));
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
