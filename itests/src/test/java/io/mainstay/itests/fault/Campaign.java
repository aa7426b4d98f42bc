package io.mainstay.itests.fault;

import io.mainstay.framework.Mainstay;
import io.mainstay.store.spi.Milestone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Rounds of killing on one store: one process after the other, each on what the one before has left. */
final class Campaign {
    /** As many as no process gets through before it is killed. */
    private static final String ENDLESS = "100000";

    private final String name;
    private final String url;
    private final Path folder;
    private final Random random = new Random(7);
    private final List<Step> steps = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Set<Milestone> reached = EnumSet.noneOf(Milestone.class);
    private int next = 1;
    private int head;
    private int rounds;
    private int withAcknowledgement;
    private int without;
    private int moved;
    private long commits;

    Campaign(String name, String url, Path folder) {
        this.name = name;
        this.url = url;
        this.folder = folder;
    }

    /** Lets one process live, and notes the milestones that it passes; the archive of its classes serves the others. */
    Campaign scout() throws Exception {
        commitOffline();
        try (Victim scout = Victim.start(
                folder, List.of("-XX:ArchiveClassesAtExit=" + archive()), url, String.valueOf(next), "1", "all")) {
            scout.await("nothing that it says");
            scout.said(FaultyProcess.PASSED).forEach(step -> steps.add(Step.of(step)));
            check("scout", scout);
        }
        return this;
    }

    private Path archive() {
        return folder.resolve("classes.jsa");
    }

    /** Kills at each milestone once, while it deploys if it is passed then. */
    Campaign eachMilestone() throws Exception {
        Map<Milestone, List<Step>> passes = new EnumMap<>(Milestone.class);
        for (String phase : List.of("DEPLOY", "BOOT", "END")) {
            Map<Milestone, List<Step>> now = new EnumMap<>(Milestone.class);
            steps.stream()
                    .filter(step -> step.phase().equals(phase))
                    .forEach(step -> now.computeIfAbsent(step.milestone(), key -> new ArrayList<>())
                            .add(step));
            now.forEach(passes::putIfAbsent);
        }
        for (List<Step> some : passes.values()) {
            killAt(some.get(0));
        }
        return this;
    }

    /** Kills at steps taken at random. */
    Campaign steps(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            killAt(steps.get(random.nextInt(steps.size())));
        }
        return this;
    }

    private void killAt(Step step) throws Exception {
        if (step.phase().equals("BOOT")) {
            commitOffline();
        }
        try (Victim victim = start("1", step.toString())) {
            if (victim.await(FaultyProcess.HERE)) {
                reached.add(step.milestone());
            }
            victim.kill();
            check(step.toString(), victim);
        }
    }

    /** Kills at any time, while commits follow one another: every other time after the first is acknowledged. */
    Campaign anytime(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            try (Victim victim = start(ENDLESS, "none")) {
                victim.await(i % 2 == 0 ? FaultyProcess.ACKNOWLEDGED : FaultyProcess.UP);
                Thread.sleep(random.nextInt(1500)); // any time will do
                victim.kill();
                check("at random", victim);
            }
        }
        return this;
    }

    /** Kills the database in place of the process, which has to commit again when it is back; then kills that, too. */
    Campaign killing(Postgres server, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            try (Victim victim = start(ENDLESS, "none")) {
                victim.await(FaultyProcess.ACKNOWLEDGED);
                Thread.sleep(random.nextInt(300)); // any time will do
                server.kill();
                server.start();
                victim.await(FaultyProcess.UNKNOWN);
                victim.await(FaultyProcess.ACKNOWLEDGED);
                victim.kill();
                check("the database was killed", victim);
            }
        }
        return this;
    }

    private Victim start(String count, String stop) throws Exception {
        return Victim.start(
                folder,
                Files.exists(archive()) ? List.of("-XX:SharedArchiveFile=" + archive(), "-Xlog:disable") : List.of(),
                url,
                String.valueOf(next),
                count,
                stop);
    }

    /** What nobody has booted yet is proven by the next boot. */
    private void commitOffline() throws Exception {
        try (Mainstay mainstay = Mainstay.open(FaultyProcess.properties(url))) {
            mainstay.commit(RoundState.of(next)
                    .from(mainstay.store()
                            .history()
                            .head("main")
                            .map(record -> record.generation().state())
                            .orElse(io.mainstay.store.SystemState.EMPTY)));
        }
        head = next++;
    }

    private void check(String how, Victim victim) throws Exception {
        List<Integer> begun = victim.begun();
        Map<Integer, Long> acknowledged = victim.acknowledged();
        Aftermath.Report report = Aftermath.of(url, head, begun, acknowledged);
        int last = acknowledged.keySet().stream().max(Integer::compare).orElse(head);
        report.findings().forEach(finding -> findings.add("killed " + how + ": " + finding));
        if (report.findings().isEmpty() && report.round() < last) {
            findings.add(
                    "killed " + how + ": the head is on round " + report.round() + ", before the acknowledged " + last);
        }
        rounds++;
        commits += acknowledged.size();
        if (acknowledged.isEmpty()) {
            without++;
        } else {
            withAcknowledgement++;
        }
        if (report.round() > last) {
            moved++;
        }
        head = report.round();
        next = Math.max(next, begun.stream().max(Integer::compare).orElse(0) + 1);
        if (!findings.isEmpty()) {
            throw new AssertionError(name + ": " + findings + "; the process said " + victim.said(""));
        }
    }

    int rounds() {
        return rounds;
    }

    int withAcknowledgement() {
        return withAcknowledgement;
    }

    int without() {
        return without;
    }

    Set<Milestone> reached() {
        return reached;
    }

    @Override
    public String toString() {
        return name + ": " + rounds + " rounds, " + withAcknowledgement + " had acknowledged a commit, " + without
                + " had not; " + commits + " acknowledged commits, none lost; in " + moved
                + " rounds a commit was found that had not been acknowledged";
    }
}
