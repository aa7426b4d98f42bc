package io.mainstay.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How the cost grows with what is stored. */
final class ScaleBenchmark implements Benchmark {
    private static final int LIVE = 10;

    /** What is in a store beside the ten bundles that run. */
    private record Size(int bundles, int generations) {
        String label() {
            return bundles + " bundles, " + generations + " generations";
        }
    }

    private static final List<Size> QUICK = List.of(new Size(10, 10), new Size(1000, 1000));
    private static final List<Size> ALL = List.of(
            new Size(10, 10),
            new Size(100, 1000),
            new Size(1000, 1000),
            new Size(10_000, 1000),
            new Size(10, 100_000),
            new Size(10_000, 100_000));

    @Override
    public String name() {
        return "scale";
    }

    @Override
    public String title() {
        return "The same " + LIVE
                + " small bundles run, whatever is stored beside them: opening the store and starting the framework, a"
                + " commit that is applied, a plan, and what `status` asks for. In one Java; the first start is the process's first.";
    }

    @Override
    public List<Goal> goals() {
        Size least = ALL.get(0);
        return List.of("start", "commit", "plan", "status").stream()
                .flatMap(what -> Stream.of(QUICK.get(1), ALL.get(ALL.size() - 1))
                        .map(most -> Goal.ratio(name(), what, most.label(), least.label(), 2)))
                .toList();
    }

    @Override
    public void run(Bench bench) throws Exception {
        for (Size size : bench.quick() ? QUICK : ALL) {
            Path folder = bench.fresh("scale");
            Subject.run(
                    folder,
                    ScaleSubject.class,
                    List.of(),
                    Stream.of("fill", LIVE, size.bundles(), size.generations())
                            .map(String::valueOf)
                            .toList());
            bench.note(
                    this,
                    size.label(),
                    Subject.run(
                            folder, ScaleSubject.class, List.of(), List.of("measure", String.valueOf(bench.rounds()))));
            bench.say("scale: " + size.label());
        }
    }
}
