package io.mainstay.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What this process takes for a piece of work: wall time, processor time of all threads, and its memory. */
final class Meter {
    static final String WALL = "wall time";
    static final String CPU = "CPU time";
    static final String PEAK = "peak memory";

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final long cpu = system.getProcessCpuTime();
    private final Map<String, Long> threads = threadNanos();
    private final long begun = System.nanoTime();

    /** {@return the milliseconds since it was made} */
    double wallMillis() {
        return (System.nanoTime() - begun) / 1e6;
    }

    /** {@return the processor time since it was made, in milliseconds} */
    double cpuMillis() {
        return (system.getProcessCpuTime() - cpu) / 1e6;
    }

    /**
     * {@return the same, where {@link #cpuMillis} goes in steps of 10 ms: to the microsecond for this thread, to a few milliseconds
     * for one that runs beside it} What threads have used that ended since is left out.
     */
    double exactCpuMillis() {
        double nanos = 0;
        for (Map.Entry<String, Long> thread : threadNanos().entrySet()) {
            nanos += thread.getValue() - threads.getOrDefault(thread.getKey(), 0L);
        }
        return nanos / 1e6;
    }

    /** What each thread has used, Java's own included. */
    private static Map<String, Long> threadNanos() {
        Map<String, Long> nanos = new HashMap<>();
        File[] tasks = new File("/proc/self/task").listFiles();
        for (File task : tasks == null ? new File[0] : tasks) {
            try {
                String used = Files.readString(task.toPath().resolve("schedstat"));
                nanos.put(task.getName(), Long.parseLong(used.substring(0, used.indexOf(' '))));
            } catch (IOException e) {
                // it has ended
            }
        }
        nanos.put(self(), ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
        return nanos;
    }

    private static String self() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self"))
                    .getFileName()
                    .toString();
        } catch (IOException e) {
            return "self";
        }
    }

    /** Prints times as a subject does: a word and a number a line. */
    void tell() {
        tell(wallMillis(), cpuMillis());
    }

    /** As {@link #tell()}, for what is over soon, and all of whose threads go on. */
    void tellExactly() {
        tell(wallMillis(), exactCpuMillis());
    }

    private static void tell(double wallMillis, double cpuMillis) {
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
