package io.mainstay.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A process that was called and has ended, with those that it has called.
 *
 * @param wallMillis how long it took
 * @param cpuMillis the processor time that it took, in steps of 10 ms
 * @param peakMegabytes the most memory that it was seen to have, in MB of 2^20 bytes
 */
record Call(double wallMillis, double cpuMillis, double peakMegabytes) {
    private static final double MILLIS_PER_TICK = 10;
    /** The system keeps the peak, so only what comes in the last moment is missed. */
    private static final int LOOK_MILLIS = 50;
    /** Of what {@code /proc/self/stat} tells, from its third field on: the time of children that were waited for. */
    private static final int CHILDREN = 13;

    /**
     * Calls, and waits.
     *
     * @param input what it is given to read
     * @throws IOException if it fails
     */
    static Call of(ProcessBuilder builder, String input) throws IOException, InterruptedException {
        double cpu = childrenMillis();
        long begun = System.nanoTime();
        Process called = builder.start();
        Watch watch = new Watch(called);
        watch.start();
        try (OutputStream in = called.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.US_ASCII));
        }
        String text = new String(called.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = called.waitFor();
        double wall = (System.nanoTime() - begun) / 1e6;
        watch.join();
        if (exit != 0) {
            throw new IOException(String.join(" ", builder.command()) + " failed:\n" + text);
        }
        return new Call(wall, childrenMillis() - cpu, watch.peak);
    }

    private static double childrenMillis() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[CHILDREN]) + Long.parseLong(fields[CHILDREN + 1])) * MILLIS_PER_TICK;
    }

    /** Looks at its memory as long as it lives: afterwards nobody can tell. */
    private static final class Watch extends Thread {
        private final Process called;
        private volatile double peak;

        Watch(Process called) {
            super("watch");
            this.called = called;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (called.isAlive()) {
                    double sum = 0;
                    for (ProcessHandle one : Stream.concat(Stream.of(called.toHandle()), called.descendants())
                            .toList()) {
                        sum += megabytes(one.pid());
                    }
                    peak = Math.max(peak, sum);
                    Thread.sleep(LOOK_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static double megabytes(long pid) {
            try {
                return Meter.megabytes(String.valueOf(pid), "VmHWM:");
            } catch (IOException e) {
                return 0; // it has ended
            }
        }
    }
}
