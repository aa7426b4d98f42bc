package io.mainstay.benchmarks;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * What the client in a system has seen, see {@link io.mainstay.benchmarks.client.Activator}.
 *
 * @param version the version that answers
 * @param since since when, by {@link System#nanoTime()}
 * @param calls the calls since it was last asked
 * @param lost how many of them had no answer
 * @param longestGapNanos the longest time without an answer
 */
record Answers(int version, long since, long calls, long lost, long longestGapNanos) {
    private static final long LIMIT_SECONDS = 60;

    static Answers ask(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String[] words = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split(" ");
            return new Answers(
                    Integer.parseInt(words[0]),
                    Long.parseLong(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]));
        }
    }

    /** Waits until a version answers. Asks seldom, because each question takes a little of what is measured. */
    static Answers await(int port, int version) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        Answers sum = new Answers(0, 0, 0, 0, 0);
        while (true) {
            try {
                sum = sum.and(ask(port));
            } catch (ConnectException notYet) {
                // the client is not up
            }
            if (sum.version() == version) {
                return sum;
            }
            if (System.nanoTime() > end) {
                throw new IOException("Version " + version + " does not answer, but " + sum.version());
            }
            Thread.sleep(20);
        }
    }

    Answers and(Answers later) {
        return new Answers(
                later.version(),
                later.since(),
                calls + later.calls(),
                lost + later.lost(),
                Math.max(longestGapNanos, later.longestGapNanos()));
    }
}
