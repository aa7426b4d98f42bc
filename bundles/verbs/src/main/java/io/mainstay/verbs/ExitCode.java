package io.mainstay.verbs;

/** What the tool's exit code says. */
public final class ExitCode {
    /** Done. */
    public static final int DONE = 0;
    /** Refused or failed; nothing changed. */
    public static final int REFUSED = 1;
    /** The command line is wrong. */
    public static final int USAGE = 2;
    /** The store cannot be reached. */
    public static final int UNREACHABLE = 3;
    /** Committed, but a node could not follow. */
    public static final int BEHIND = 4;

    private ExitCode() {}
}
