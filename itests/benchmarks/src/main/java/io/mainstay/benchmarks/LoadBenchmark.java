package io.mainstay.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** Loading classes. */
final class LoadBenchmark implements Benchmark {
    private static final int CLASSES = 2000;

    @Override
    public String name() {
        return "classes";
    }

    @Override
    public String title() {
        return "Loading all " + CLASSES
                + " classes of a bundle, in a fresh Java: from the moment when the system is up.";
    }

    @Override
    public List<Goal> goals() {
        return List.of(Goal.ratio(name(), Meter.CPU, LoadSubject.MAINSTAY, LoadSubject.FELIX, 0.8));
    }

    @Override
    public void run(Bench bench) throws Exception {
        Path folder = bench.fresh("classes");
        Path jar = Bundles.write(folder.resolve("many.jar"), Bundles.ofClasses(CLASSES));
        for (int round = -1; round < bench.rounds(); round++) {
            for (String system : List.of(LoadSubject.MAINSTAY, LoadSubject.FELIX, LoadSubject.URL)) {
                var told = Subject.run(
                        bench.fresh("classes/run"),
                        LoadSubject.class,
                        List.of(),
                        List.of(system, jar.toString(), String.valueOf(CLASSES)));
                if (round >= 0) {
                    bench.note(this, system, told);
                }
            }
        }
    }
}
