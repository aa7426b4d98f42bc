package io.mainstay.store;

import java.util.Arrays;
import java.util.Optional;

/**
 * What somebody asks a node to do that only the node can do, because it is about what runs there.
 *
 * @param id names the request
 * @param incarnation the run of the node that is asked
 * @param kind what it is to do
 * @param author who asks
 * @param message why, which may be empty; what is to be tried, where that is the request
 * @param answer what came of it; empty until the node has done it
 */
public record NodeRequest(
        String id, String incarnation, Kind kind, String author, String message, Optional<Answer> answer) {

    /** What a node can be asked to do. */
    public enum Kind {
        /** Make a generation of what runs, drift included. */
        ADOPT,
        /** Take drift away: run the generation, and nothing else. */
        REPAIR,
        /** Try a change, and change nothing: it is the node's Java and its properties that decide. */
        TRY,
        /** Something that this program does not know: who asks is newer. */
        UNKNOWN;

        /** {@return the kind of that name} */
        public static Kind of(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.name().equals(name))
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }

    /** How it went. */
    public enum Outcome {
        /** It is done. */
        DONE,
        /** There was nothing to do. */
        UNCHANGED,
        /** It was not done; all is as it was. */
        REFUSED
    }

    /**
     * What came of a request.
     *
     * @param outcome how it went
     * @param text what was done, or why not, for people; lines end with line feeds. What came of a try, for programs
     * @param generation the generation that the node runs now; 0 for none
     */
    public record Answer(Outcome outcome, String text, long generation) {}
}
