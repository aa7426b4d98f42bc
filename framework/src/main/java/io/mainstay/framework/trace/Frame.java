package io.mainstay.framework.trace;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One frame of a backtrace, as {@link StackTraceElement} writes it.
 *
 * @param className the binary name of the class
 * @param method the method's name
 * @param line the line, from 1; 0 if unknown
 */
public record Frame(String className, String method, int line) {
    /** Before the class there may be the class loader's name and the module's, each with a slash behind it. */
    private static final Pattern FRAME = Pattern.compile(
            "\\s*at\\s+(?:[^\\s/()]*/){0,2}([^\\s/();\\[]+)\\.([^\\s./();\\[]+)\\(([^()]*?)(?::(\\d{1,9}))?\\).*",
            Pattern.DOTALL);

    /** No frame is longer; what is may be anything. */
    private static final int LONGEST = 4_000;

    /** {@return the frame that a line of a printed backtrace has} */
    public static Optional<Frame> parse(String line) {
        Matcher matcher = FRAME.matcher(line);
        return line.length() <= LONGEST && matcher.matches()
                ? Optional.of(new Frame(
                        matcher.group(1),
                        matcher.group(2),
                        matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4))))
                : Optional.empty();
    }

    /** Whether the class is the JDK's: no bundle can define it. */
    boolean isOfJava() {
        return className.startsWith("java.") || className.startsWith("jdk.internal.");
    }
}
