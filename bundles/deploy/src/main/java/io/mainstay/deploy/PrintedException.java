package io.mainstay.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An exception as {@link Throwable#printStackTrace()} has printed it, made into one again. */
final class PrintedException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final Pattern FRAME = Pattern.compile(
            "\\s+at (?:([^()/]*)/)?(?:([^()\\s/@]*)(?:@([^()\\s/]*))?/)?([^()\\s/]+)\\.([^().\\s]+)\\(([^():]*)(?::(\\d{1,7}))?\\)(?: .*)?");
    private static final Pattern REST = Pattern.compile("\\s+\\.\\.\\. (\\d{1,6}) (?:more|common frames omitted)");
    private static final Pattern NEXT = Pattern.compile("(\t*)(Caused by|Suppressed): (.*)");
    private static final int NATIVE = -2;
    private static final int UNKNOWN = -1;

    /** What {@code toString} gave. */
    private final String text;

    private PrintedException(String text) {
        super(text);
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }

    /** Takes the lines or exceptions that a {@link Reader} has made out, one of them null each time. */
    @FunctionalInterface
    interface Target {
        void take(String line, PrintedException failure);
    }

    /** Makes out exceptions among lines: one begins with the line before its first frame. Not thread-safe. */
    static final class Reader {
        /** The line that may be the head of an exception; null if there is none. */
        private String head;
        /** The exception that is being read, then all that is below it; empty if none is. */
        private final List<Part> parts = new ArrayList<>();

        /**
         * An exception of one backtrace.
         *
         * @param indent how far its head is moved in
         * @param enclosing whose cause it is, or who has suppressed it; null for the outermost
         */
        private record Part(PrintedException failure, int indent, Part enclosing, List<StackTraceElement> frames) {
            static Part of(String text, int indent, Part enclosing) {
                return new Part(new PrintedException(text), indent, enclosing, new ArrayList<>());
            }

            void close() {
                failure.setStackTrace(frames.toArray(StackTraceElement[]::new));
            }
        }

        void line(String line, Target target) {
            Matcher frame = FRAME.matcher(line);
            Matcher rest = REST.matcher(line);
            Matcher next = NEXT.matcher(line);
            if (frame.matches() && (head != null || !parts.isEmpty())) {
                if (parts.isEmpty()) {
                    parts.add(Part.of(head.replaceFirst("^Exception in thread \".*?\" ", ""), 0, null));
                    head = null;
                }
                last().frames().add(element(frame));
            } else if (!parts.isEmpty() && rest.matches() && last().enclosing() != null) {
                List<StackTraceElement> all = last().enclosing().frames();
                last().frames()
                        .addAll(all.subList(Math.max(0, all.size() - Integer.parseInt(rest.group(1))), all.size()));
            } else if (next.matches() && isAdded(next)) {
                // it is part of what is being read
            } else {
                end(target);
                head = line;
            }
        }

        private Part last() {
            return parts.get(parts.size() - 1);
        }

        /** A cause is as far in as what it is the cause of, what was suppressed one step further. */
        private boolean isAdded(Matcher next) {
            int indent = next.group(1).length();
            boolean suppressed = next.group(2).equals("Suppressed");
            for (int i = parts.size() - 1; i >= 0; i--) {
                Part enclosing = parts.get(i);
                if (enclosing.indent() == (suppressed ? indent - 1 : indent)
                        && (suppressed || enclosing.failure().getCause() == null)) {
                    Part part = Part.of(next.group(3), indent, enclosing);
                    if (suppressed) {
                        enclosing.failure().addSuppressed(part.failure());
                    } else {
                        enclosing.failure().initCause(part.failure());
                    }
                    parts.add(part);
                    return true;
                }
            }
            return false;
        }

        /** What comes next is something else. */
        void end(Target target) {
            if (head != null) {
                target.take(head, null);
                head = null;
            }
            if (!parts.isEmpty()) {
                parts.forEach(Part::close);
                target.take(null, parts.get(0).failure());
                parts.clear();
            }
        }

        private static StackTraceElement element(Matcher frame) {
            boolean loaderIsTold = frame.group(2) != null;
            String file = frame.group(6);
            return new StackTraceElement(
                    loaderIsTold ? frame.group(1) : null,
                    loaderIsTold ? frame.group(2) : frame.group(1),
                    frame.group(3),
                    frame.group(4),
                    frame.group(5),
                    file.equals("Native Method") || file.equals("Unknown Source") ? null : file,
                    frame.group(7) != null
                            ? Integer.parseInt(frame.group(7))
                            : file.equals("Native Method") ? NATIVE : UNKNOWN);
        }
    }
}
