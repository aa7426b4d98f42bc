package io.mainstay.framework.trace;

import io.mainstay.framework.failure.Causes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A backtrace whose frames of bundle code say where they are from: bundle, generation, who last changed the line, and the
 * line. What {@link Throwable#printStackTrace} writes stays as it is, line by line, so that IDEs make links of it.
 * Immutable; thread-safe.
 */
public final class Backtrace {
    private static final String INDENT = "\t    ";

    private final List<Line> lines;

    /**
     * One line of what is printed.
     *
     * @param text the line as Java writes it
     * @param frame the frame that it has
     * @param origins where that may be from: several, where the same class of several generations fits
     */
    public record Line(String text, Optional<Frame> frame, List<Origin> origins) {
        /** Copies. */
        public Line {
            origins = List.copyOf(origins);
        }
    }

    Backtrace(List<Line> lines) {
        this.lines = List.copyOf(lines);
    }

    /**
     * {@return the backtrace of an exception, with what the frameworks of this process know of it}
     *
     * <p>Reads the stores of these frameworks, so it may take as long as a store takes to answer, or to be given up (5 s). It
     * does not throw on account of them, nor of the exception: what cannot be read stays bare, and an exception whose own
     * methods fail is shown by a copy.
     */
    public static Backtrace of(Throwable failure) {
        StringWriter text = new StringWriter();
        Causes.loggable(failure).printStackTrace(new PrintWriter(text));
        return RunningCode.explain(text.toString());
    }

    /** {@return the lines of a text, as yet without origins} */
    static List<Line> read(String text) {
        return text.lines()
                .map(line -> new Line(line, Frame.parse(line), List.of()))
                .toList();
    }

    /** {@return all lines} */
    public List<Line> lines() {
        return lines;
    }

    /** {@return the text, each frame followed by what is known of it} */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (String line : textLines()) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    /** {@return the lines of {@link #text}} */
    public List<String> textLines() {
        List<String> all = new ArrayList<>();
        for (Line line : lines) {
            all.add(line.text());
            line.origins().forEach(origin -> origin.lines().forEach(one -> all.add(INDENT + one)));
        }
        return all;
    }
}
