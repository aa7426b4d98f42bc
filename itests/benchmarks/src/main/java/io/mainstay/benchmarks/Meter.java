package io.mainstay.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process takes for a piece of work: wall time, processor time of all threads, and its memory. */
final class Meter {
    static final String WALL = "wall time";
    static final String CPU = "CPU time";
    static final String PEAK = "peak memory";

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final long cpu = system.getProcessCpuTime();
    private final long begun = System.nanoTime();

    /** {@return the milliseconds since it was made} */
    double wallMillis() {
        return (System.nanoTime() - begun) / 1e6;
    }

    /** {@return the processor time since it was made, in milliseconds} */
    double cpuMillis() {
        return (system.getProcessCpuTime() - cpu) / 1e6;
    }

    /** Prints times as a subject does: a word and a number a line. */
    void tell() {
        double wallMillis = wallMillis();
        double cpuMillis = cpuMillis();
        System.out.println(WALL + " " + wallMillis);
        System.out.println(CPU + " " + cpuMillis);
    }

    /** Prints the most memory that this process has had so far. */
    static void tellPeak() throws IOException {
        System.out.println(PEAK + " " + megabytes("self", "VmHWM:"));
    }

    /** {@return a line of what the system tells of a process, in MB of 2^20 bytes} */
    static double megabytes(String process, String line) throws IOException {
        return Files.readAllLines(Path.of("/proc", process, "status")).stream()
                .filter(one -> one.startsWith(line))
                .mapToDouble(one -> Double.parseDouble(one.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }
}
