package io.mainstay.framework.failure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;

/**
 * Tells people of exceptions: their root, in one line, or all of them, in the log. Exceptions are code of bundles too: each
 * of their methods may throw, and never end.
 */
public final class Causes {
    private static final int LONGEST = 600;
    private static final int DEEPEST = 50;
    private static final int LONGEST_LOGGED = 20_000;
    /** What moves a terminal's cursor or turns its text around, and what no database takes as text. */
    private static final String NO_TEXT = "[\\p{Cc}\\p{Cf}\\p{Cs}&&[^\\t]]";

    private Causes() {}

    /** {@return the message of the deepest cause, with its type where that is not ours or OSGi's} */
    public static String oneLine(Throwable failure) {
        Throwable root = failure;
        Set<Throwable> seen = identities();
        for (Throwable next = cause(root); next != null && seen.add(next); next = cause(root)) {
            root = next;
        }
        String told = message(root);
        boolean speaks =
                root instanceof BundleException || root.getClass().getName().startsWith("io.mainstay.");
        String name = root instanceof Copy copy ? copy.type : root.getClass().getName();
        return oneLine(
                speaks && !told.isEmpty() && !(root instanceof Copy)
                        ? told
                        : name + (told.isEmpty() ? "" : ": " + told));
    }

    /** {@return a text that fits a line of a terminal or of a log, and a column of a database} */
    public static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll(NO_TEXT, "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }

    private static Set<Throwable> identities() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private static Throwable cause(Throwable failure) {
        try {
            return failure.getCause();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return null;
        }
    }

    private static String message(Throwable failure) {
        try {
            return failure.getMessage() == null ? "" : failure.getMessage();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return "its message cannot be had: " + e.getClass().getName();
        }
    }

    /** Logs an error. Never throws: who calls this has more to do. */
    public static void log(Logger log, String message, Throwable failure) {
        try {
            log.error(message, loggable(failure));
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            log.error(
                    "{} (what was thrown cannot be shown: {})",
                    message,
                    e.getClass().getName());
        }
    }

    /** {@return what a log can print: the same, or, where its own methods fail or there is too much of it, a copy} */
    public static Throwable loggable(Throwable failure) {
        if (failure == null || isSound(failure)) {
            return failure;
        }
        Throwable copy = Copy.of(failure);
        return failure instanceof BundleException ? new BundleException(message(failure), copy) : copy;
    }

    private static boolean isSound(Throwable failure) {
        try {
            Set<Throwable> seen = identities();
            for (Throwable t = failure; t != null; t = t.getCause()) {
                boolean brief = String.valueOf(t.getLocalizedMessage()).length()
                                + t.toString().length()
                        < LONGEST_LOGGED;
                boolean bounded = seen.add(t) && seen.size() <= DEEPEST;
                if (!brief || !bounded || t.getStackTrace() == null || !areSound(t.getSuppressed(), seen)) {
                    return false;
                }
            }
            return true;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return false;
        }
    }

    private static boolean areSound(Throwable[] suppressed, Set<Throwable> seen) {
        for (Throwable one : suppressed) {
            if (!seen.add(one) || seen.size() > DEEPEST || !isSound(one)) {
                return false;
            }
        }
        return true;
    }

    /** What could be had of an exception that cannot be logged as it is. */
    private static final class Copy extends Throwable {
        private static final long serialVersionUID = 1L;
        private final String type;

        private Copy(String type, String message, Throwable cause, StackTraceElement[] stack) {
            super(message, cause, false, true);
            this.type = type;
            setStackTrace(stack);
        }

        static Copy of(Throwable failure) {
            Set<Throwable> chain = Collections.newSetFromMap(new IdentityHashMap<>());
            Copy[] copied = new Copy[1];
            copy(failure, chain, copied);
            return copied[0];
        }

        private static void copy(Throwable failure, Set<Throwable> chain, Copy[] into) {
            if (failure == null || chain.size() == DEEPEST || !chain.add(failure)) {
                return;
            }
            copy(cause(failure), chain, into);
            String message = message(failure);
            into[0] = new Copy(
                    failure.getClass().getName(),
                    message.length() < LONGEST_LOGGED ? message : message.substring(0, LONGEST_LOGGED) + "…",
                    into[0],
                    stack(failure));
        }

        private static StackTraceElement[] stack(Throwable failure) {
            try {
                return failure.getStackTrace() == null ? new StackTraceElement[0] : failure.getStackTrace();
            } catch (RuntimeException | LinkageError | StackOverflowError e) {
                return new StackTraceElement[0];
            }
        }

        @Override
        public String toString() {
            return type + (getMessage().isEmpty() ? "" : ": " + getMessage());
        }
    }
}
