package io.mainstay.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** What an administrator waits for, who asks a running system how it is. */
final class ToolBenchmark implements Benchmark {
    private final Systems systems;

    ToolBenchmark(Systems systems) {
        this.systems = systems;
    }

    @Override
    public String name() {
        return "tool";
    }

    @Override
    public String title() {
        return "`./mainstay status` on a running node, beside `bin/client bundle:list` on a running Karaf: the whole process.";
    }

    @Override
    public List<Goal> goals() {
        return List.of(Goal.limit(name(), Meter.WALL, Systems.MAINSTAY, 500, "ms"));
    }

    @Override
    public void run(Bench bench) throws Exception {
        Systems.Ready mainstay = systems.mainstay();
        int port = ServerProcess.freePort();
        Path data = bench.kept("mainstay").resolve("data");
        try (ServerProcess node = mainstay.start(port)) {
            node.awaitConsole(port);
            if (bench.quick() || !Systems.KARAF_RUNS) {
                measure(bench, data, false);
                return;
            }
            int other = ServerProcess.freePort();
            try (ServerProcess karaf = systems.karaf(List.of()).start(other)) {
                karaf.awaitConsole(other);
                measure(bench, data, true);
            }
        }
    }

    private void measure(Bench bench, Path data, boolean karaf) throws Exception {
        for (int round = -1; round < bench.rounds(); round++) {
            note(bench, round, Systems.MAINSTAY, systems.tool(data.getParent(), "status", "--data", data.toString()));
            if (karaf) {
                note(bench, round, Systems.KARAF, systems.karafClient("bundle:list"));
            }
        }
    }

    private void note(Bench bench, int round, String system, Call call) {
        if (round >= 0) {
            bench.note(this, system, Meter.WALL, "ms", call.wallMillis());
            bench.note(this, system, Meter.CPU, "ms", call.cpuMillis());
            bench.note(this, system, Meter.PEAK, "MB", call.peakMegabytes());
        }
    }
}
