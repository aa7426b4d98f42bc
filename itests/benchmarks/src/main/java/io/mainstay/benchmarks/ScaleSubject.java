package io.mainstay.benchmarks;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fills a store, and measures what is done on it. */
final class ScaleSubject {
    private static final String URL = "jdbc:derby:store";
    private static final int AT_ONCE = 500;
    /** Few: Derby clears its indexes of what a transaction has replaced once that has ended. */
    private static final int GENERATIONS_AT_ONCE = 20;

    private ScaleSubject() {}

    /** Runs, each in a Java of its own: {@code fill}, live bundles, stored bundles, generations; {@code measure}, rounds. */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("fill")) {
            try (Store store = Store.open(StoreOptions.of(URL))) {
                fill(
                        store,
                        Integer.parseInt(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]));
            }
        } else {
            measure(Integer.parseInt(arguments[1]));
        }
    }

    private static void measure(int rounds) throws Exception {
        for (int round = -1; round < rounds; round++) {
            Meter meter = new Meter();
            try (Mainstay mainstay = Mainstay.open(URL)) {
                mainstay.start();
                tell(round, "start", meter);
                CheckedBundle next = mainstay.check(ContentSource.of("next", Bundles.small(0, 1_000_000 + round)));
                meter = new Meter();
                mainstay.plan(Change.by("benchmark").add(next).build());
                tell(round, "plan", meter);
                meter = new Meter();
                mainstay.commit("Next", next);
                tell(round, "commit", meter);
                meter = new Meter();
                status(mainstay.store());
                tell(round, "status", meter);
            }
        }
        Meter.tellPeak();
    }

    /** What the verb asks the store for. */
    private static void status(Store store) {
        store.history().head("main").orElseThrow();
        store.history().proposals("main");
        store.nodes().all("main").forEach(node -> NodeReport.of(node.report()));
    }

    private static void tell(int round, String what, Meter meter) {
        double wallMillis = meter.wallMillis();
        double cpuMillis = meter.exactCpuMillis();
        if (round >= 0) {
            System.out.println(what + " " + wallMillis);
            System.out.println(what + ", " + Meter.CPU + " " + cpuMillis);
        }
    }

    private static void fill(Store store, int live, int bundles, int generations) throws IOException {
        BundleIntake intake = new BundleIntake(IntakeLimits.DEFAULT);
        List<GenerationEntry> entries = new ArrayList<>();
        for (int i = 0; i < bundles; ) {
            try (StoreTransaction transaction = store.begin()) {
                for (int end = Math.min(bundles, i + AT_ONCE); i < end; i++) {
                    CheckedBundle bundle = intake.check(ContentSource.of("small", Bundles.small(i, 0)));
                    transaction.put(bundle.content(), bundle.source(), bundle.index());
                    if (i < live) {
                        entries.add(Bundles.entry(bundle.content()));
                    }
                }
                transaction.commit();
            }
        }
        SystemState state = SystemState.of(entries, Map.of(), List.of());
        long head = 0;
        for (int i = 0; i < generations; ) {
            try (StoreTransaction transaction = store.begin()) {
                for (int end = Math.min(generations, i + GENERATIONS_AT_ONCE); i < end; i++) {
                    head = transaction
                            .propose("main", head, "benchmark", "Number " + i, state)
                            .number();
                    transaction.moveHead(head, true, Optional.empty());
                }
                transaction.commit();
            }
        }
    }
}
