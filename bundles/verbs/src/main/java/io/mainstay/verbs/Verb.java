package io.mainstay.verbs;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** One thing that an administrator can do. Its result is the exit code of {@link ExitCode}. */
abstract class Verb implements Callable<Integer> {
    final Place place;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    Verb(Place place) {
        this.place = place;
    }

    PrintStream out() {
        return place.out();
    }
}
