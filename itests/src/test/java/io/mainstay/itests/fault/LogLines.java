package io.mainstay.itests.fault;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Hears what this process logs, until it is closed. */
final class LogLines implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    LogLines() {
        System.setErr(new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int value) {
                        before.write(value);
                        synchronized (heard) {
                            heard.write(value);
                        }
                    }
                },
                true,
                StandardCharsets.UTF_8));
    }

    List<String> with(String text) {
        synchronized (heard) {
            return heard.toString(StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.contains(text))
                    .toList();
        }
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
