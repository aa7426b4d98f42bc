package io.mainstay.verbs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The errors and warnings with an exception in a log that the tool or one of its nodes has written. */
final class LoggedErrors {
    /** As the tool writes it. */
    private static final Pattern ENTRY = Pattern.compile(
            "(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)\\.\\d{3} (\\w+) +\\[.*?\\] (\\S+) - (.*)", Pattern.DOTALL);

    private static final int OLDER = 3;

    private LoggedErrors() {}

    /**
     * An exception in a log.
     *
     * @param when when it was logged, in words
     * @param logger who has logged it
     * @param message what was said of it
     * @param text the exception as it is in the log
     */
    record Entry(String when, String logger, String message, String text) {
        /** {@return the exception in one line} */
        String headline() {
            return text.lines().findFirst().orElse("");
        }
    }

    /** {@return the exceptions of a log, the youngest first; none where there is no log} */
    static List<Entry> of(Path log) throws IOException {
        List<Entry> entries = new ArrayList<>();
        // the log rolls over: mainstay.1.log is the one before mainstay.log
        for (int older = OLDER; older >= 0; older--) {
            Path file = older == 0
                    ? log
                    : log.resolveSibling(log.getFileName().toString().replace(".log", "." + older + ".log"));
            if (Files.isRegularFile(file)) {
                read(file, entries);
            }
        }
        Collections.reverse(entries);
        return entries;
    }

    private static void read(Path log, List<Entry> entries) throws IOException {
        String[] head = null;
        StringBuilder text = new StringBuilder();
        for (String line : new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            Matcher matcher = ENTRY.matcher(line);
            if (matcher.matches()) {
                add(entries, head, text);
                head = matcher.group(2).matches("ERROR|WARN")
                        ? new String[] {matcher.group(1), matcher.group(3), matcher.group(4)}
                        : null;
            } else {
                text.append(line).append('\n');
            }
        }
        add(entries, head, text);
    }

    private static void add(List<Entry> entries, String[] head, StringBuilder text) {
        if (head != null && text.indexOf("\tat ") >= 0) {
            entries.add(new Entry(head[0], head[1], head[2], text.toString()));
        }
        text.setLength(0);
    }
}
