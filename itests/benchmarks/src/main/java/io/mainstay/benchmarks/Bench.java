package io.mainstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where benchmarks run: their folder, their rounds, what they note, and who waits for them. Not thread-safe. */
final class Bench {
    private final Path folder;
    private final Path tool;
    private final boolean quick;
    private final int rounds;
    private final Map<String, Series> series = new LinkedHashMap<>();

    Bench(Path folder, Path tool, boolean quick, int rounds) {
        this.folder = folder;
        this.tool = tool;
        this.quick = quick;
        this.rounds = rounds;
    }

    boolean quick() {
        return quick;
    }

    int rounds() {
        return rounds;
    }

    /** {@return the launcher of Mainstay} */
    Path tool() {
        return tool;
    }

    /** {@return an empty folder of this name} */
    Path fresh(String name) throws IOException {
        Path fresh = folder.resolve(name);
        remove(fresh);
        return Files.createDirectories(fresh);
    }

    /** {@return a folder of this name, that stays} */
    Path kept(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    static void remove(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Notes a value of the round that is running. */
    void note(Benchmark benchmark, String system, String what, String unit, double value) {
        series.compute(benchmark.name() + '/' + system + '/' + what, (key, before) -> {
            List<Double> values = new ArrayList<>(before == null ? List.of() : before.values());
            values.add(value);
            return new Series(benchmark.name(), system, what, unit, values);
        });
    }

    /** Notes what a subject has told of one round: milliseconds, and megabytes of memory. */
    void note(Benchmark benchmark, String system, Map<String, List<Double>> told) {
        told.forEach((what, values) ->
                values.forEach(one -> note(benchmark, system, what, what.endsWith(Meter.PEAK) ? "MB" : "ms", one)));
    }

    List<Series> series() {
        return List.copyOf(series.values());
    }

    /** Says how far it is. */
    void say(String text) {
        System.err.println(text);
    }
}
