package io.mainstay.framework.trace;

import io.mainstay.framework.retention.DefinedCode;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds out where the frames of a backtrace are from. A frame says the class, the method and the line: it is of those
 * bundles that have a class of that name with code of that line in that method, running or replaced. Thread-safe.
 */
public final class TraceReader {
    private final Store store;
    private final String channel;
    private final Optional<DefinedCode> defined;

    /** Makes a reader of backtraces from anywhere. */
    public TraceReader(Store store, String channel) {
        this(store, channel, Optional.empty());
    }

    TraceReader(Store store, String channel, Optional<DefinedCode> defined) {
        this.store = store;
        this.channel = channel;
        this.defined = defined;
    }

    /** {@return a printed backtrace with what the store knows of its frames; other lines stay as they are} */
    public Backtrace explain(String text) {
        return new Backtrace(explain(Backtrace.read(text), false));
    }

    /**
     * Looks at those lines of which nothing is known yet.
     *
     * @param definedOnly only at classes that live class loaders have defined
     */
    List<Backtrace.Line> explain(List<Backtrace.Line> lines, boolean definedOnly) {
        FrameSearch search = new FrameSearch(store, channel, defined, definedOnly);
        List<Backtrace.Line> explained = new ArrayList<>();
        Above above = Above.NOTHING;
        for (Backtrace.Line line : lines) {
            explained.add(
                    line.frame().isPresent() && line.origins().isEmpty()
                            ? new Backtrace.Line(
                                    line.text(),
                                    line.frame(),
                                    search.origins(line.frame().get(), above))
                            : line);
            above = Above.of(line);
        }
        return explained;
    }

    /**
     * The source of a class.
     *
     * @param entry the bundle
     * @param path the file, below the folder of sources
     * @param text its text
     */
    public record Source(GenerationEntry entry, String path, String text) {}

    /** {@return the source of a class in a generation; empty if no bundle of it has the class and its source} */
    public Optional<Source> source(Generation generation, String className) {
        return new FrameSearch(store, channel, Optional.empty(), false).source(generation, className);
    }

    /** {@return where a line of a class's source is from, in words, with its neighbours; empty if there is no such line} */
    public List<String> line(Source source, int line) {
        return new FrameSearch(store, channel, Optional.empty(), false).line(source, line);
    }
}
