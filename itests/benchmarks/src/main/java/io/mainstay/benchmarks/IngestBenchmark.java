package io.mainstay.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Bringing bundles in. */
final class IngestBenchmark implements Benchmark {
    private static final String BUNDLES = "bundles of the workload";
    private static final String ONE = "one large bundle";

    private static final int LARGE = 100;
    private static final int LARGE_QUICK = 20;

    private final Peers peers;

    IngestBenchmark(Peers peers) {
        this.peers = peers;
    }

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String title() {
        return "Bundles into an embedded store, checked, with a generation that names them, in one commit; beside copies of the files with"
                + " fsync of each, and a plain insert of each as one BLOB into Derby as it is delivered. Each in a Java of its own, warm.";
    }

    @Override
    public List<Goal> goals() {
        return List.of(
                Goal.ratio(name(), BUNDLES + ": " + Meter.WALL, IngestSubject.MAINSTAY, IngestSubject.FILES, 3),
                Goal.ratio(name(), ONE + ": " + Meter.WALL, IngestSubject.MAINSTAY, IngestSubject.FILES, 3));
    }

    @Override
    public void run(Bench bench) throws Exception {
        Path folder = bench.fresh("ingest");
        List<String> jars = new ArrayList<>();
        for (Peers.Part part : peers.workload()) {
            jars.add(part.jar().toString());
        }
        measure(bench, folder, BUNDLES, jars);
        byte[] large = Bundles.large(bench.quick() ? LARGE_QUICK : LARGE);
        measure(
                bench,
                folder,
                ONE,
                List.of(Bundles.write(folder.resolve("large.jar"), large).toString()));
    }

    private void measure(Bench bench, Path folder, String what, List<String> jars) throws Exception {
        for (int round = 1; round <= bench.rounds(); round++) {
            for (String system : List.of(IngestSubject.MAINSTAY, IngestSubject.FILES, IngestSubject.BLOB)) {
                List<String> arguments = new ArrayList<>(List.of(system));
                arguments.addAll(jars);
                Path fresh = Files.createTempDirectory(folder, "run");
                Map<String, List<Double>> told = new LinkedHashMap<>();
                Subject.run(fresh, IngestSubject.class, List.of("-Xmx1g"), arguments)
                        .forEach((measure, values) -> told.put(what + ": " + measure, values));
                bench.note(this, system, told);
                Bench.remove(fresh);
            }
            bench.say("ingest: " + what + ", round " + round);
        }
    }
}
