package io.mainstay.verbs;

import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Where verbs run: the tool or the shell of a node. Verbs use it from one thread. */
public interface Place {

    /** {@return the store; it stays the place's} */
    Store store();

    /** {@return a store that a verb may fill: the same, made if it was not there} */
    default Store storeForWriting() {
        return store();
    }

    /** {@return the channel that is meant} */
    String channel();

    /** {@return the framework properties that nodes have besides those of a generation} */
    Map<String, String> configuration();

    /** {@return the node to tell of where none is named; empty for any} */
    Optional<String> node();

    /** {@return since when the node that verbs run on misses its store, while it does} */
    default Optional<Instant> storeAwaySince() {
        return Optional.empty();
    }

    /** {@return how large bundles may be} */
    IntakeLimits limits();

    /** {@return the folder that relative file names are meant from} */
    Path folder();

    /** Says whether {@code text} is a coordinate of a Maven artifact. */
    boolean isCoordinate(String text);

    /** Fetches a Maven artifact as Maven would. */
    Path fetch(String coordinate) throws IOException;

    /** {@return the log of the tool and its nodes, where there is one of its own} */
    default Optional<Path> log() {
        return Optional.ofNullable(System.getProperty("mainstay.log.dir")).map(dir -> Path.of(dir, "mainstay.log"));
    }

    /** {@return what somebody pipes in; empty at a terminal} */
    Optional<InputStream> piped();

    /** {@return where results go} */
    PrintStream out();

    /** {@return where complaints go} */
    PrintStream err();

    /** Shows how far a long work of {@code what} is, where somebody can see it; the caller closes it. */
    ProgressDisplay progress(String what);

    /** Shows how far a work is. */
    interface ProgressDisplay extends Progress, AutoCloseable {
        /** Shows nothing. */
        ProgressDisplay NONE = new ProgressDisplay() {
            @Override
            public void update(long done, long total) {
                // nobody looks
            }

            @Override
            public void close() {
                // nothing to take away
            }
        };

        @Override
        void close();
    }
}
