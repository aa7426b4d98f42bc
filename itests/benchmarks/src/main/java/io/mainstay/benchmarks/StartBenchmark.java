package io.mainstay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From nothing to a Web Console that answers. */
final class StartBenchmark implements Benchmark {
    private static final long SETTLE_MILLIS = 2000;

    private final Systems systems;
    private final Peers peers;

    StartBenchmark(Systems systems, Peers peers) {
        this.systems = systems;
        this.peers = peers;
    }

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String title() {
        return "A system of 26 bundles from Maven Central (Declarative Services, Jetty 12, Web Console, Gogo), each started by its"
                + " own launcher, until all bundles are active and the Web Console answers 401 without and 200 with a password. Then"
                + " what lives on the heap after a collection, and what the process has in memory.";
    }

    @Override
    public List<Goal> goals() {
        double allowed = 30;
        try {
            allowed += Peers.bytes(peers.workload()) / (double) (1 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of(
                Goal.ratio(name(), Meter.WALL, Systems.MAINSTAY, Systems.FELIX_WARM, 0.75),
                Goal.ratio(name(), Meter.CPU, Systems.MAINSTAY, Systems.FELIX_WARM, 0.75),
                more("live heap", allowed),
                more("resident memory", allowed));
    }

    private Goal more(String what, double megabytes) {
        return new Goal(
                name(),
                what,
                Systems.MAINSTAY,
                Systems.FELIX_WARM,
                1,
                megabytes,
                "at most Felix + the bundles' size + 30 MB = Felix + " + Results.number(megabytes) + " MB");
    }

    @Override
    public void run(Bench bench) throws Exception {
        Map<String, Systems.Ready> ready = new LinkedHashMap<>();
        ready.put(Systems.MAINSTAY, systems.mainstay());
        ready.put(Systems.FELIX_WARM, systems.felix(true));
        ready.put(Systems.FELIX_CLEAN, systems.felix(false));
        if (!bench.quick() && Systems.KARAF_RUNS) {
            ready.put(Systems.KARAF, systems.karaf(List.of()));
        }
        for (int round = -1; round < bench.rounds(); round++) { // the first one fills caches, and does not count
            for (Map.Entry<String, Systems.Ready> one : ready.entrySet()) {
                measure(bench, one.getKey(), one.getValue(), round >= 0);
            }
            bench.say("start: round " + (round + 1) + " of " + bench.rounds());
        }
    }

    private void measure(Bench bench, String system, Systems.Ready ready, boolean counts) throws Exception {
        int port = ServerProcess.freePort();
        try (ServerProcess process = ready.start(port)) {
            double wall = process.awaitConsole(port);
            double cpu = process.cpuMillis();
            if (counts) {
                bench.note(this, system, Meter.WALL, "ms", wall);
                bench.note(this, system, Meter.CPU, "ms", cpu);
                bench.note(this, system, Meter.PEAK, "MB", process.residentMegabytes(true));
                Thread.sleep(SETTLE_MILLIS);
                bench.note(this, system, "live heap", "MB", process.liveHeapMegabytes());
                bench.note(this, system, "resident memory", "MB", process.residentMegabytes(false));
            }
        }
    }
}
