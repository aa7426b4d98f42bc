package io.mainstay.framework.trace;

import io.mainstay.framework.retention.DefinedCode;
import io.mainstay.store.Store;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The frameworks of this process, as far as backtraces are concerned. Thread-safe. */
public final class RunningCode {
    private static final Logger LOG = LoggerFactory.getLogger(RunningCode.class);
    private static final List<RunningCode> RUNNING = new CopyOnWriteArrayList<>();

    private final TraceReader reader;

    private RunningCode(TraceReader reader) {
        this.reader = reader;
    }

    /**
     * Says that a framework runs.
     *
     * @return what ends it
     */
    public static Runnable begin(Store store, String channel, DefinedCode defined) {
        RunningCode running = new RunningCode(new TraceReader(store, channel, Optional.of(defined)));
        RUNNING.add(running);
        return () -> RUNNING.remove(running);
    }

    /** First who has defined a class, of all frameworks; then who has it in the store. */
    static Backtrace explain(String text) {
        List<Backtrace.Line> lines = Backtrace.read(text);
        for (boolean definedOnly : new boolean[] {true, false}) {
            for (RunningCode running : RUNNING) {
                try {
                    lines = running.reader.explain(lines, definedOnly);
                } catch (RuntimeException | LinkageError | StackOverflowError e) {
                    LOG.debug("A backtrace stays without origins", e);
                }
            }
        }
        return new Backtrace(lines);
    }
}
