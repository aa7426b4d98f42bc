package io.mainstay.verbs;

import picocli.CommandLine.Option;

/** Asks for an answer that a program can read. */
final class JsonOption {
    @Option(names = "--json", description = "Answer in JSON, for programs.")
    private boolean json;

    boolean asked() {
        return json;
    }
}
