package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import picocli.CommandLine.Option;

/** Who changes something, and why: options of everything that commits. */
final class StoryOptions {
    @Option(
            names = {"-m", "--message"},
            paramLabel = "MESSAGE",
            description = "Why, for the log.")
    private String message;

    @Option(names = "--author", paramLabel = "NAME", description = "Who, for the log; without it, the system's user.")
    private String author = System.getProperty("user.name", "unknown");

    /** {@return who} */
    String author() {
        return author;
    }

    /** {@return why, or {@code otherwise} where the command line does not say} */
    String message(String otherwise) {
        return message == null ? otherwise : message;
    }

    /** {@return a change with the author and message of the command line, or {@code otherwise} as message} */
    Change.Builder begin(String otherwise) {
        return Change.by(author).message(message(otherwise));
    }
}
