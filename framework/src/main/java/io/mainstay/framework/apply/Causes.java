package io.mainstay.framework.apply;

import java.util.HashSet;
import java.util.Set;
import org.osgi.framework.BundleException;

/** Finds what to tell people of an exception: its root, in one line. */
public final class Causes {
    private static final int LONGEST = 600;

    private Causes() {}

    /** {@return the message of the deepest cause, with its type where that is not ours or OSGi's} */
    public static String oneLine(Throwable failure) {
        Throwable root = failure;
        Set<Throwable> seen = new HashSet<>();
        while (root.getCause() != null && seen.add(root)) {
            root = root.getCause();
        }
        String message = root.getMessage() == null ? "" : ": " + root.getMessage();
        boolean speaks =
                root instanceof BundleException || root.getClass().getName().startsWith("io.mainstay.");
        String line = (speaks && !message.isEmpty()
                        ? message.substring(2)
                        : root.getClass().getName() + message)
                .replaceAll("\\s*\\R\\s*", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
