package io.mainstay.store.jdbc;

import io.mainstay.store.StoreBusyException;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreHeldException;
import io.mainstay.store.StoreMissingException;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreUnreachableException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/** Translates what drivers throw into the store's own exceptions. The one place that knows SQLStates. */
final class SqlStates {
    /** Derby: another instance has booted the database. */
    private static final String HELD = "XSDB6";
    /** Derby: no such database. PostgreSQL: 3D000. */
    private static final Set<String> MISSING = Set.of("XJ004", "3D000");
    /** Rejected credentials: Derby 08004 and 28xxx, PostgreSQL 28P01 and 28000. */
    private static final Set<String> CREDENTIALS = Set.of("28P01", "28000", "08004");
    /** No such table, or no such schema, on Derby. */
    private static final Set<String> NO_TABLE = Set.of("42X05", "42Y07");
    /** A unique key exists: the same on every engine. */
    private static final String DUPLICATE = "23505";

    /** What the pool says of a connection that it has closed under its user, because it broke; it gives no state. */
    private static final String CLOSED_BY_POOL = "Connection is closed";

    private SqlStates() {}

    /** As {@link #translate}; drivers like to repeat the URL, so what is secret in it is blotted out, causes included. */
    static StoreException translateOpening(StoreOptions options, SQLException failure) {
        StoreException told = translate("open", options.publicUrl(), failure);
        boolean tells = false;
        for (Throwable t = failure; t != null; t = t.getCause()) {
            tells |= t.getMessage() != null
                    && !options.withoutSecrets(t.getMessage()).equals(t.getMessage());
        }
        if (!tells) {
            return told;
        }
        String message = options.withoutSecrets(told.getMessage());
        return told instanceof StoreUnreachableException
                ? new StoreUnreachableException(message, null)
                : new StoreException(message);
    }

    /** {@return an exception that says that {@code action} on the store at {@code url} failed, and why} */
    static StoreException translate(String action, String url, SQLException failure) {
        if (anyState(failure, Set.of(HELD))) {
            return new StoreHeldException(url, failure);
        }
        if (anyState(failure, MISSING) || notFoundByDerbyServer(failure)) {
            return new StoreMissingException(url, failure);
        }
        if (anyState(failure, CREDENTIALS)) {
            return new StoreUnreachableException(
                    "Cannot " + action + " " + url + ": the database refused the user or password", failure);
        }
        if (lostAgainstOther(failure)) {
            return new StoreBusyException(
                    "Cannot " + action + " " + url + ": others are changing the same at this moment; try again",
                    failure);
        }
        String finding = "Cannot " + action + " " + url + ": " + rootMessage(failure);
        return connectionLost(failure)
                ? new StoreUnreachableException(finding, failure)
                : new StoreException(finding, failure);
    }

    /** Derby's network client gives a missing database the state of refused credentials; only the text differs. */
    private static boolean notFoundByDerbyServer(SQLException failure) {
        return anyState(failure, Set.of("08004")) && rootMessage(failure).contains("was not found");
    }

    /** Whether there is no such table, or not even its schema. */
    static boolean missingTable(SQLException failure) {
        return NO_TABLE.contains(failure.getSQLState());
    }

    static boolean duplicateKey(SQLException failure) {
        return anyState(failure, Set.of(DUPLICATE));
    }

    /**
     * Whether somebody else was just making what this process wanted to make. Derby: X0Y32, X0Y68, X0Y95 (an object
     * is there, or in use), XBM0J and XJ041 (a database is), XJ001 (its engine trips over a catalogue that is just being
     * made); or it lost against their transaction.
     */
    static boolean madeByOther(SQLException failure) {
        return duplicateKey(failure)
                || lostAgainstOther(failure)
                || anyState(failure, Set.of("X0Y32", "X0Y68", "X0Y95", "XBM0J", "XJ041", "XJ001"));
    }

    /** Whether the statement lost against another transaction and may simply be tried again. */
    private static boolean lostAgainstOther(SQLException failure) {
        return anyState(failure, Set.of("40001", "40P01", "40XL1", "40XL2"));
    }

    private static boolean connectionLost(SQLException failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLTransientConnectionException || t instanceof SQLNonTransientConnectionException) {
                return true;
            }
            if (CLOSED_BY_POOL.equals(t.getMessage())) {
                return true;
            }
            if (t instanceof SQLException sql && sql.getSQLState() != null && unreachable(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /** 08: connection; 53, 58: no resources, disk full; 57P: server stops; XJ04, XS, XB: Derby's boot, log and disk. */
    private static boolean unreachable(String state) {
        return state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57P")
                || state.startsWith("XJ04")
                || state.startsWith("XS")
                || state.startsWith("XB")
                || state.startsWith("58");
    }

    private static boolean anyState(SQLException failure, Set<String> states) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            for (SQLException sql = t instanceof SQLException first ? first : null;
                    sql != null;
                    sql = sql.getNextException()) {
                if (sql.getSQLState() != null && states.contains(sql.getSQLState())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String rootMessage(SQLException failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage() == null ? root.toString() : root.getMessage();
        return message.lines().findFirst().orElse(message).strip();
    }
}
