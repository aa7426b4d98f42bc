package io.mainstay.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Bringing bundles in. */
final class IngestBenchmark implements Benchmark {
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
                + " fsync of each, and a plain insert of each as one BLOB into Derby as it is delivered. In a warm Java.";
    }

    @Override
    public List<Goal> goals() {
        return List.of(
                Goal.ratio(name(), "bundles of the workload", IngestSubject.MAINSTAY, IngestSubject.FILES, 3),
                Goal.ratio(name(), "one large bundle", IngestSubject.MAINSTAY, IngestSubject.FILES, 3));
    }

    @Override
    public void run(Bench bench) throws Exception {
        Path folder = bench.fresh("ingest");
        List<String> jars = new ArrayList<>();
        for (Peers.Part part : peers.workload()) {
            jars.add(part.jar().toString());
        }
        measure(bench, folder, "bundles of the workload", jars);
        byte[] large = Bundles.large(bench.quick() ? LARGE_QUICK : LARGE);
        measure(
                bench,
                folder,
                "one large bundle",
                List.of(Bundles.write(folder.resolve("large.jar"), large).toString()));
    }

    private void measure(Bench bench, Path folder, String what, List<String> jars) throws Exception {
        for (String plain : List.of("false", "true")) {
            List<String> arguments = new ArrayList<>(List.of(String.valueOf(bench.rounds()), plain));
            arguments.addAll(jars);
            Path fresh = Files.createTempDirectory(folder, "run");
            Subject.run(fresh, IngestSubject.class, List.of("-Xmx1g"), arguments)
                    .forEach((system, millis) -> millis.forEach(one -> bench.note(this, system, what, "ms", one)));
            Bench.remove(fresh);
        }
    }
}
