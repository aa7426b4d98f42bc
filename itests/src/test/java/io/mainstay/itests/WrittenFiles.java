package io.mainstay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds in strace's log which files were opened for writing. */
final class WrittenFiles {
    private static final Pattern OPENED = Pattern.compile(
            "\\b(?:(?:open|openat)\\((?:(?:AT_FDCWD|\\d+), )?\"([^\"]+)\", [A-Z_|]*(?:O_WRONLY|O_RDWR|O_CREAT)|creat\\(\"([^\"]+)\")");
    private static final Pattern FAILED = Pattern.compile("= -1 E[A-Z]+ ");

    private WrittenFiles() {}

    /**
     * Reads a log of {@code open}, {@code openat} and {@code creat}.
     *
     * @param called the working folder of the process
     */
    static List<Path> read(Path log, Path called) throws IOException {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> !FAILED.matcher(line).find())
                    .map(OPENED::matcher)
                    .filter(Matcher::find)
                    .map(Matcher::toMatchResult)
                    .map(WrittenFiles::name)
                    .map(name -> called.resolve(name).normalize())
                    .distinct()
                    .sorted()
                    .toList();
        }
    }

    private static String name(MatchResult opened) {
        return opened.group(1) == null ? opened.group(2) : opened.group(1);
    }
}
