package io.mainstay.framework.apply;

import java.util.HashSet;
import java.util.Set;

/** Finds what to tell people of an exception: its root, in one line. */
public final class Causes {
    private static final int LONGEST = 600;

    private Causes() {}

    /** {@return the type and message of the deepest cause} */
    public static String oneLine(Throwable failure) {
        Throwable root = failure;
        Set<Throwable> seen = new HashSet<>();
        while (root.getCause() != null && seen.add(root)) {
            root = root.getCause();
        }
        String message = root.getMessage() == null ? "" : ": " + root.getMessage();
        String line = (root instanceof org.osgi.framework.BundleException
                        ? message.isEmpty() ? root.toString() : message.substring(2)
                        : root.getClass().getName() + message)
                .replaceAll("\\s*\\R\\s*", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
