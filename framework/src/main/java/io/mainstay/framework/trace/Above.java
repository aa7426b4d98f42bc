package io.mainstay.framework.trace;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is above a frame: another one, whose method it has called, or the exception, which it may have made.
 *
 * @param called the method of the frame above
 * @param thrown the internal name of the exception's class
 */
record Above(Optional<String> called, Optional<String> thrown) {
    static final Above NOTHING = new Above(Optional.empty(), Optional.empty());

    private static final Pattern THROWN = Pattern.compile(
            "\\s*+(?:Exception in thread \"[^\"]*+\" |Caused by: |Suppressed: |org\\.apache\\.felix\\.log\\.LogException: ){0,3}+"
                    + "([\\w.$]++)(?::.*+)?",
            Pattern.DOTALL);

    private static final int LONGEST = 4_000;

    /** {@return what is above the frame after a line} */
    static Above of(Backtrace.Line line) {
        if (line.frame().isPresent()) {
            return new Above(line.frame().map(Frame::method), Optional.empty());
        }
        Matcher matcher = THROWN.matcher(line.text());
        return line.text().length() <= LONGEST && matcher.matches()
                ? new Above(Optional.empty(), Optional.of(matcher.group(1).replace('.', '/')))
                : NOTHING;
    }
}
