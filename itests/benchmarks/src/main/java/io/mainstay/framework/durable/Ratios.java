package io.mainstay.framework.durable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs benchmarks with the options of JMH, and prints each beside the direct call of the same run: its fastest iteration,
 * its median one, and the ratio of the fastest. On a machine that does other things too, the fastest is what it costs.
 */
public final class Ratios {
    private Ratios() {}

    /** What one benchmark has measured, in nanoseconds. */
    private record Measured(String name, double fastest, double median) {}

    /** Runs. */
    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        Map<String, List<Measured>> groups = new TreeMap<>();
        CommandLineOptions options = new CommandLineOptions(arguments);
        if (options.shouldList()) {
            new Runner(options).list();
            return;
        }
        for (RunResult result : new Runner(options).run()) {
            BenchmarkParams params = result.getParams();
            if (params.getMode().equals(Mode.AverageTime)) {
                int dot = params.getBenchmark().lastIndexOf('.');
                groups.computeIfAbsent(params.getBenchmark().substring(0, dot), key -> new ArrayList<>())
                        .add(measured(params.getBenchmark().substring(dot + 1), result));
            }
        }
        groups.forEach(Ratios::print);
    }

    private static Measured measured(String name, RunResult result) {
        double[] iterations = result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                .sorted()
                .toArray();
        String resets = result.getParams().getParam("resets");
        return new Measured(
                resets == null ? name : name + ", after " + resets + " resets",
                iterations[0],
                iterations[iterations.length / 2]);
    }

    private static void print(String group, List<Measured> all) {
        System.out.printf(
                "%n%-42s %10s %10s %8s%n", group.substring(group.lastIndexOf('.') + 1), "fastest", "median", "ratio");
        for (Measured one : all) {
            System.out.printf("%-42s %10.2f %10.2f %s%n", one.name(), one.fastest(), one.median(), ratio(one, all));
        }
    }

    /** To the direct call of the same kind: that whose name ends as this one's does. */
    private static String ratio(Measured one, List<Measured> all) {
        return all.stream()
                .filter(other -> other.name().startsWith("direct"))
                .filter(other -> one.name().contains(other.name().substring("direct".length())))
                .findFirst()
                .map(direct -> String.format("%8.2f", one.fastest() / direct.fastest()))
                .orElse("");
    }
}
