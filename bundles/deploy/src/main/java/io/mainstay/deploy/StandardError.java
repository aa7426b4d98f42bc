package io.mainstay.deploy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The error stream of a node's process, copied into its log: what bundles print there, by {@code printStackTrace} or by a
 * logger of their own such as slf4j-simple, is kept, and {@code trace} knows of it. What is printed goes where it went
 * before, at once; the log is written by a thread of its own, and lines that come faster than it writes are left out of it.
 * Thread-safe.
 */
final class StandardError extends OutputStream {
    private static final Logger LOG = LoggerFactory.getLogger("stderr");

    private static final int WAITING = 10_000;
    private static final int LONGEST = 4_000;
    /** A backtrace is printed in one go. */
    private static final long PAUSE_MILLIS = 100;

    private final OutputStream target;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(WAITING);
    private final Thread writer = new Thread(this::write, "mainstay-stderr");
    /** Guarded by itself. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private StandardError(OutputStream target) {
        this.target = target;
    }

    /** Begins to copy, for as long as the process lives. */
    static void copyToLog() {
        StandardError error = new StandardError(System.err);
        error.writer.setDaemon(true);
        error.writer.start();
        System.setErr(new PrintStream(error, true, StandardCharsets.UTF_8));
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        ((PrintStream) target).write(bytes, offset, length);
        if (Thread.currentThread() == writer) {
            return; // a log that is told to write here shall not write for ever
        }
        synchronized (line) {
            for (int i = offset; i < offset + length; i++) {
                if (bytes[i] == '\n') {
                    lines.offer(line.toString(StandardCharsets.UTF_8).stripTrailing());
                    line.reset();
                } else if (line.size() < LONGEST) {
                    line.write(bytes[i]);
                }
            }
        }
    }

    @Override
    public void flush() {
        ((PrintStream) target).flush();
    }

    /** The standard streams stay open for the JVM. */
    @Override
    public void close() {
        flush();
    }

    private void write() {
        PrintedException.Reader reader = new PrintedException.Reader();
        try {
            while (true) {
                String next = lines.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                if (next == null) {
                    reader.end(StandardError::log);
                } else {
                    reader.line(next, StandardError::log);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void log(String text, PrintedException failure) {
        if (failure != null) {
            LOG.error("Printed:", failure);
        } else if (!text.isBlank()) {
            LOG.info("{}", text);
        }
    }
}
