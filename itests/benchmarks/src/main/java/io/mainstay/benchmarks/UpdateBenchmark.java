package io.mainstay.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One provider is updated while a client calls it. */
final class UpdateBenchmark implements Benchmark {
    private static final String SERVED = "from the change to the first answer of new code";
    private static final String GAP = "longest gap seen by the client";
    private static final String LOST = "calls without an answer";

    private static final String MAINSTAY_TOOL = "./mainstay deploy";
    private static final String KARAF_TOOL = "Karaf's client, bundle:update";

    private static final int UPDATES = 40;
    private static final int UPDATES_QUICK = 10;

    private final Systems systems;
    private final Peers peers;

    UpdateBenchmark(Systems systems, Peers peers) {
        this.systems = systems;
        this.peers = peers;
    }

    @Override
    public String name() {
        return "update";
    }

    @Override
    public String title() {
        return "A client calls a service every 0.1 ms, as its ServiceTracker gives it, while the bundle behind it is updated. In"
                + " Java, warm: `Mainstay.commit` (durable, and tried in a dry run before), `Bundle.update` and a refresh in Felix, a"
                + " file dropped for File Install (looks every 100 ms). As an administrator does it, beside the system of `start`:"
                + " the tool against Karaf's client, whole processes. CPU time is that of all processes until new code has answered,"
                + " with the client's calls; memory is that of the process that is called.";
    }

    @Override
    public List<Goal> goals() {
        return List.of(
                Goal.ratio(name(), SERVED, UpdateSubject.MAINSTAY, UpdateSubject.FELIX, 1),
                Goal.limit(name(), LOST, UpdateSubject.MAINSTAY, 0, "calls"),
                Goal.ratio(name(), GAP, UpdateSubject.MAINSTAY, UpdateSubject.FELIX, 0.25),
                Goal.ratio(name(), SERVED, MAINSTAY_TOOL, KARAF_TOOL, 1));
    }

    @Override
    public void run(Bench bench) throws Exception {
        int updates = bench.quick() ? UPDATES_QUICK : UPDATES;
        for (int round = 0; round < Math.min(3, bench.rounds()); round++) {
            for (String system : List.of(UpdateSubject.MAINSTAY, UpdateSubject.FELIX, UpdateSubject.FILE_INSTALL)) {
                Map<String, List<Double>> told = Subject.run(
                        bench.fresh("update"),
                        UpdateSubject.class,
                        List.of(),
                        List.of(
                                system,
                                String.valueOf(ServerProcess.freePort()),
                                String.valueOf(updates),
                                peers.fileInstall().toString()));
                note(bench, system, told);
            }
            bench.say("update: round " + (round + 1));
        }
        if (!bench.quick() && Systems.KARAF_RUNS) {
            byTool(bench);
        }
    }

    private void note(Bench bench, String system, Map<String, List<Double>> told) {
        told.get("served").forEach(one -> bench.note(this, system, SERVED, "ms", one));
        told.get("gap").forEach(one -> bench.note(this, system, GAP, "ms", one));
        told.get("lost").forEach(one -> bench.note(this, system, LOST, "calls", one));
        told.keySet().removeAll(List.of("served", "gap", "lost"));
        bench.note(this, system, told);
    }

    private void byTool(Bench bench) throws Exception {
        Path folder = bench.fresh("update-tool");
        Path client = Bundles.write(folder.resolve("benchmark.client.jar"), Bundles.client());
        Path provider = Bundles.write(folder.resolve("benchmark.provider.jar"), Bundles.provider(1));
        Systems.Ready mainstay = systems.mainstay();
        Path home = bench.kept("mainstay");
        String data = home.resolve("data").toString();
        int ours = ServerProcess.freePort();
        int theirs = ServerProcess.freePort();
        systems.tool(home, "deploy", client.toString(), provider.toString(), "--start-level", "5", "--data", data);
        Systems.Ready karaf = systems.karaf(List.of(client, provider));
        int port = ServerProcess.freePort();
        int other = ServerProcess.freePort();
        try (ServerProcess node = mainstay.start(port, "-Dbenchmark.port=" + ours);
                ServerProcess karafProcess = karaf.start(other, "benchmark.port = " + theirs)) {
            node.awaitConsole(port);
            karafProcess.awaitConsole(other);
            Answers.await(ours, 1);
            Answers.await(theirs, 1);
            for (int round = -1; round < bench.rounds(); round++) {
                int version = round + 3;
                Files.write(provider, Bundles.provider(version));
                Answers.ask(ours);
                double cpu = node.cpuMillis();
                long begun = System.nanoTime();
                Call call = systems.tool(home, "deploy", provider.toString(), "--data", data);
                Answers answers = Answers.await(ours, version);
                note(bench, round, MAINSTAY_TOOL, begun, answers, call, node.cpuMillis() - cpu);
                Answers.ask(theirs);
                cpu = karafProcess.cpuMillis();
                begun = System.nanoTime();
                call = systems.karafClient("bundle:update benchmark.provider " + provider.toUri());
                answers = Answers.await(theirs, version);
                note(bench, round, KARAF_TOOL, begun, answers, call, karafProcess.cpuMillis() - cpu);
            }
        }
    }

    private void note(
            Bench bench, int round, String system, long begun, Answers answers, Call call, double nodeMillis) {
        if (round >= 0) {
            bench.note(this, system, SERVED, "ms", (answers.since() - begun) / 1e6);
            bench.note(this, system, GAP, "ms", answers.longestGapNanos() / 1e6);
            bench.note(this, system, LOST, "calls", answers.lost());
            bench.note(this, system, Meter.CPU, "ms", call.cpuMillis() + nodeMillis);
            bench.note(this, system, Meter.PEAK, "MB", call.peakMegabytes());
        }
    }
}
