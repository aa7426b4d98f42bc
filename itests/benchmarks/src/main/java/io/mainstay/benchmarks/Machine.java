package io.mainstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the figures were taken on. */
final class Machine {
    private Machine() {}

    static Map<String, String> described() throws IOException {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("date", LocalDate.now().toString());
        told.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        told.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        told.put("processor", Runtime.getRuntime().availableProcessors() + " x " + line("/proc/cpuinfo", "model name"));
        told.put("memory", line("/proc/meminfo", "MemTotal"));
        told.put(
                "peers",
                "Felix main " + Peers.FELIX_VERSION + ", File Install " + Peers.FILE_INSTALL_VERSION + ", Karaf "
                        + Peers.KARAF_VERSION
                        + (Systems.KARAF_RUNS
                                ? ""
                                : " (left out: it needs a security manager, which this Java has not)"));
        return told;
    }

    private static String line(String file, String key) throws IOException {
        Path path = Path.of(file);
        return !Files.isReadable(path)
                ? "unknown"
                : Files.readAllLines(path).stream()
                        .filter(line -> line.startsWith(key))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse("unknown");
    }
}
