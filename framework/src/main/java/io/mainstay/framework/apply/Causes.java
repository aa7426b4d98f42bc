package io.mainstay.framework.apply;

import java.util.HashSet;
import java.util.Set;
import org.osgi.framework.BundleException;

/** Finds what to tell people of an exception: its root, in one line. */
public final class Causes {
    private static final int LONGEST = 600;
    /** What moves a terminal's cursor or turns its text around, and what no database takes as text. */
    private static final String NO_TEXT = "[\\p{Cc}\\p{Cf}\\p{Cs}&&[^\\t]]";

    private Causes() {}

    /** {@return the message of the deepest cause, with its type where that is not ours or OSGi's} */
    public static String oneLine(Throwable failure) {
        Throwable root = failure;
        Set<Throwable> seen = new HashSet<>();
        while (root.getCause() != null && seen.add(root)) {
            root = root.getCause();
        }
        String told = message(root);
        String message = told.isEmpty() ? "" : ": " + told;
        boolean speaks =
                root instanceof BundleException || root.getClass().getName().startsWith("io.mainstay.");
        String line = (speaks && !message.isEmpty()
                        ? message.substring(2)
                        : root.getClass().getName() + message)
                .replaceAll("\\s*\\R\\s*", " ")
                .replaceAll(NO_TEXT, "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }

    /** Exceptions are code of bundles too: what they say may fail. */
    private static String message(Throwable failure) {
        try {
            return failure.getMessage() == null ? "" : failure.getMessage();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return "its message cannot be had: " + e.getClass().getName();
        }
    }
}
