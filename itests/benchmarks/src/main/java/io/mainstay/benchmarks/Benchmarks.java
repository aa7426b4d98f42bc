package io.mainstay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs all that is measured beside others: {@code all}, or {@code quick} for fewer rounds and smaller sizes; names of
 * benchmarks after that run these only. {@code all} without names writes RESULTS.md (RESULTS-25.md on Java 25), {@code page} writes it again from
 * results.json, with the notes as they are by then.
 */
public final class Benchmarks {
    private static final int ROUNDS = 9;
    private static final int QUICK_ROUNDS = 3;
    /** Of the Java that we build with; other Javas have pages of their own. */
    private static final String PAGE = "itests/benchmarks/RESULTS.md";

    private static final int USUAL_JAVA = 17;

    private Benchmarks() {}

    /**
     * Runs.
     *
     * @param arguments the folder of the project, a folder to work in, {@code all}, {@code quick} or {@code page}, names
     */
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Path work = Files.createDirectories(Path.of(arguments[1]));
        boolean quick = arguments[2].equals("quick");
        List<String> names = Arrays.asList(arguments).subList(3, arguments.length);
        try (Peers peers = Peers.open()) {
            if (arguments[2].equals("page")) {
                Path page = page(home);
                List<Benchmark> all = benchmarks(new Systems(null, peers), peers);
                Results.read(page, all).write(page, page.resolveSibling("notes"));
                return;
            }
            Bench bench = new Bench(
                    work, home.resolve("mainstay"), quick, Integer.getInteger("rounds", quick ? QUICK_ROUNDS : ROUNDS));
            List<Benchmark> benchmarks = benchmarks(new Systems(bench, peers), peers).stream()
                    .filter(one -> names.isEmpty() || names.contains(one.name()))
                    .toList();
            for (Benchmark benchmark : benchmarks) {
                bench.say(benchmark.name());
                benchmark.run(bench);
            }
            write(home, work, !quick && names.isEmpty(), new Results(Machine.described(), benchmarks, bench.series()));
        }
    }

    private static List<Benchmark> benchmarks(Systems systems, Peers peers) {
        List<Benchmark> all = new ArrayList<>();
        all.add(new StartBenchmark(systems, peers));
        all.add(new LoadBenchmark());
        all.add(new UpdateBenchmark(systems, peers));
        all.add(new ScaleBenchmark());
        all.add(new IngestBenchmark(peers));
        all.add(new ToolBenchmark(systems));
        return all;
    }

    private static Path page(Path home) {
        int java = Runtime.version().feature();
        return home.resolve(java == USUAL_JAVA ? PAGE : PAGE.replace(".md", "-" + java + ".md"));
    }

    private static void write(Path home, Path work, boolean kept, Results results) throws IOException {
        Path page = page(home);
        results.write(kept ? page : work.resolve("RESULTS.md"), page.resolveSibling("notes"));
        System.out.print(results.summary());
    }
}
