package io.mainstay.itests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.itests.Work;
import io.mainstay.store.spi.Milestone;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process is killed, at each milestone of boot, commit and apply and at any other time. What boots next is the state
 * before or the one after, whole, and what was acknowledged is there. {@code -Dmainstay.fault.rounds=N} kills N times more
 * on each database.
 */
class KilledAnywhereIT {
    private static final int MORE = Integer.getInteger("mainstay.fault.rounds", 0);
    /** Milestones that only the making of a store passes. */
    private static final Set<Milestone> BIRTH =
            EnumSet.of(Milestone.TABLES_MADE, Milestone.DATABASE_FILLED, Milestone.DATABASE_NAMED);

    @TempDir
    private Path folder;

    @Test
    void killedProcess_leavesTheStateBeforeOrAfter_andLosesNoAcknowledgedCommit() throws Exception {
        ExecutorService engines = Executors.newFixedThreadPool(2);
        try (Postgres server = new Postgres(folder, Work.freePort())) {
            Campaign derby =
                    new Campaign("Derby", "jdbc:derby:" + folder.resolve("derby/store"), folder.resolve("derby"));
            Campaign postgres = new Campaign("PostgreSQL", server.database("store"), folder.resolve("pg"));
            List<Future<Campaign>> all = List.of(
                    engines.submit(() ->
                            derby.scout().eachMilestone().anytime(8 + MORE / 2).steps(MORE / 2)),
                    engines.submit(() -> postgres.scout()
                            .eachMilestone()
                            .anytime(8 + MORE / 2)
                            .killing(server, 1 + MORE / 20)
                            .steps(MORE / 2)));
            for (Future<Campaign> one : all) {
                Campaign campaign = one.get();
                System.out.println(campaign);
                assertThat(campaign.withAcknowledgement()).isGreaterThan(campaign.rounds() / 10);
                assertThat(campaign.without()).isGreaterThan(campaign.rounds() / 10);
                assertThat(campaign.reached())
                        .as("milestones that a process was killed at")
                        .containsAll(EnumSet.complementOf(EnumSet.copyOf(BIRTH)));
            }
        } finally {
            engines.shutdownNow();
        }
    }

    @Test
    void killedWhileItMakesAStore_leavesOneThatCanBeMade() throws Exception {
        for (Milestone milestone : BIRTH) {
            String url = "jdbc:derby:" + folder.resolve(milestone.name()).resolve("store");
            assertDiesAndBoots(url, milestone);
        }
        try (Postgres server = new Postgres(folder, Work.freePort())) {
            assertDiesAndBoots(server.database("empty"), Milestone.TABLES_MADE);
        }
    }

    private void assertDiesAndBoots(String url, Milestone milestone) throws Exception {
        try (Victim victim = victim(url, new Step("BOOT", milestone, 1))) {
            assertThat(victim.await(FaultyProcess.HERE))
                    .as("%s is reached", milestone)
                    .isTrue();
        }
        assertThat(Aftermath.of(url, 0, List.of(), Map.of()).findings()).isEmpty();
    }

    private Victim victim(String url, Step step, String... more) throws Exception {
        List<String> arguments = new java.util.ArrayList<>(List.of(url, "1", "1", step.toString()));
        arguments.addAll(List.of(more));
        return Victim.start(folder, List.of(), arguments.toArray(new String[0]));
    }

    /** The negative control: where each statement is a transaction of its own, the same look finds what is torn. */
    @Test
    void tornTransaction_isFound() throws Exception {
        assertFound(Milestone.HEAD_MOVED, "points at generation 1, which is proposed and was never committed");
        assertFound(Milestone.CONTENT_BEGUN, "found 0 of its");
    }

    private void assertFound(Milestone milestone, String finding) throws Exception {
        String url = "jdbc:derby:" + folder.resolve("torn-" + milestone).resolve("store");
        try (Victim victim = victim(url, new Step("DEPLOY", milestone, 1), "torn")) {
            assertThat(victim.await(FaultyProcess.HERE))
                    .as("%s is reached", milestone)
                    .isTrue();
            victim.kill();
            assertThat(Aftermath.of(url, 0, victim.begun(), victim.acknowledged())
                            .findings())
                    .anySatisfy(found -> assertThat(found).contains(finding));
        }
    }
}
