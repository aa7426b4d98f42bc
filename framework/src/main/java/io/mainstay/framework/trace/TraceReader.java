package io.mainstay.framework.trace;

import io.mainstay.framework.content.BundleClasses;
import io.mainstay.framework.content.StoredJars;
import io.mainstay.framework.retention.DefinedCode;
import io.mainstay.intake.CodeKeys;
import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds out where the frames of a backtrace are from. A frame says the class, the method and the line: it is of those
 * bundles that have a class of that name with code of that line in that method. In a running framework, only bundles count
 * that have defined the class, if there are any; all others are looked up in the store, replaced ones included. Thread-safe.
 */
public final class TraceReader {
    /** The same code may have been stored any number of times, in bundles that differ elsewhere. */
    private static final int MOST = 3;

    private final Store store;
    private final Optional<DefinedCode> defined;
    private final StoredJars jars;
    private final Ancestry ancestry;

    /** Makes a reader of backtraces from anywhere. */
    public TraceReader(Store store, String channel) {
        this(store, channel, Optional.empty());
    }

    TraceReader(Store store, String channel, Optional<DefinedCode> defined) {
        this.store = store;
        this.defined = defined;
        this.jars = new StoredJars(Optional.of(store.contents()));
        this.ancestry = new Ancestry(store, channel, jars);
    }

    /** {@return a printed backtrace with what the store knows of its frames; other lines stay as they are} */
    public Backtrace explain(String text) {
        return new Backtrace(explain(Backtrace.read(text)));
    }

    /** Looks at those lines of which nothing is known yet. */
    List<Backtrace.Line> explain(List<Backtrace.Line> lines) {
        List<Backtrace.Line> explained = new ArrayList<>();
        Above above = Above.NOTHING;
        for (Backtrace.Line line : lines) {
            explained.add(
                    line.frame().isPresent() && line.origins().isEmpty()
                            ? new Backtrace.Line(
                                    line.text(),
                                    line.frame(),
                                    origins(line.frame().get(), above))
                            : line);
            above = Above.of(line);
        }
        return explained;
    }

    private List<Origin> origins(Frame frame, Above above) {
        List<Origin> origins = new ArrayList<>();
        defined.ifPresent(code -> origins.addAll(origins(frame, above, code.contents(frame.className()))));
        if (origins.isEmpty()) {
            String name = frame.className();
            String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            Set<Digest> known = store.contents().providers(CodeKeys.having(packageName));
            origins.addAll(origins(frame, above, ancestry.youngestFirst(known)));
        }
        return origins;
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
        String packageName = className.substring(0, Math.max(0, className.lastIndexOf('.')));
        Set<Digest> having = store.contents().providers(CodeKeys.having(packageName));
        Frame frame = new Frame(className, "", 0);
        for (GenerationEntry entry : generation.state().entries()) {
            if (having.contains(entry.content())) {
                Content content = store.contents().find(entry.content()).orElseThrow();
                Optional<Source> source = new BundleClasses(jars.of(content.digest()), content.headers())
                        .find(className)
                        .flatMap(bytes ->
                                ClassLines.of(bytes, frame, Above.NOTHING).sourcePath())
                        .flatMap(path ->
                                ancestry.source(content.digest(), path).map(text -> new Source(entry, path, text)));
                if (source.isPresent()) {
                    return source;
                }
            }
        }
        return Optional.empty();
    }

    /** {@return where a line of a class's source is from, in words, with its neighbours} */
    public List<String> line(Source source, int line) {
        Content content = store.contents().find(source.entry().content()).orElseThrow();
        return ancestry.origin(content, Optional.of(source.path()), line).lines();
    }

    /** A content, and how well a frame fits into it. */
    private record Match(Content content, ClassLines lines) {}

    private List<Origin> origins(Frame frame, Above above, List<Digest> contents) {
        Map<Digest, Content> found = store.contents().find(contents);
        List<Match> matches = new ArrayList<>();
        for (Digest digest : contents) {
            Optional.ofNullable(found.get(digest))
                    .flatMap(content -> match(content, frame, above))
                    .ifPresent(matches::add);
        }
        int best = matches.stream().mapToInt(match -> match.lines().fit()).max().orElse(ClassLines.NONE);
        List<Origin> origins = new ArrayList<>();
        Set<String> told = new TreeSet<>();
        for (Match match : matches) {
            if (match.lines().fit() == best) {
                Origin origin = ancestry.origin(match.content(), match.lines().sourcePath(), frame.line());
                if (told.add(origin.lines().toString())) {
                    origins.add(origin);
                }
            }
        }
        // other channels have code, too
        List<Origin> here =
                origins.stream().filter(origin -> origin.first() > 0).toList();
        return (here.isEmpty() ? origins : here).stream().limit(MOST).toList();
    }

    /** What gc has just dropped, or nobody can read, fits nothing. */
    private Optional<Match> match(Content content, Frame frame, Above above) {
        try {
            return new BundleClasses(jars.of(content.digest()), content.headers())
                    .find(frame.className())
                    .map(bytes -> new Match(content, ClassLines.of(bytes, frame, above)))
                    .filter(match -> match.lines().fit() > ClassLines.NONE);
        } catch (ContentMissingException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}
