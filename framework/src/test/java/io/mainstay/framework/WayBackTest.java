package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.BundleReport;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.SystemState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Going back to generations, from the store alone, and arriving at the head from far away. */
@Timeout(120)
class WayBackTest {
    private static final Deployer.Options FORCED = new Deployer.Options(true, true, Progress.NONE);

    private Map<String, String> properties;
    private Mainstay mainstay;

    @BeforeEach
    void start() throws Exception {
        properties = new HashMap<>(Stores.freshChannel());
        properties.put(Settings.STORE, Stores.freshUrl());
        properties.putAll(Journal.exported());
        mainstay = Mainstay.open(properties).start();
        Journal.take();
    }

    @AfterEach
    void close() {
        mainstay.close();
    }

    private DeployResult commit(Change.Builder change) throws Exception {
        DeployResult result = mainstay.commit(change.build());
        assertThat(result.cause()).isEmpty();
        return result;
    }

    private GenerationRecord commit(TestJar... jars) throws Exception {
        Change.Builder change = Change.by("test");
        for (TestJar jar : jars) {
            change.add(jar.checked());
        }
        return commit(change).generation().orElseThrow();
    }

    private DeployResult goBack(long number) throws Exception {
        return commit(Change.by("test").restore(state(number)));
    }

    private SystemState state(long number) {
        return mainstay.store()
                .history()
                .find(number)
                .orElseThrow()
                .generation()
                .state();
    }

    private String version(String name) {
        return mainstay.context().getBundle("mainstay:" + name).getVersion().toString();
    }

    private NodeRecord node() {
        return new LiveNodes(mainstay.store(), properties.get(Settings.CHANNEL))
                .alive()
                .get(0);
    }

    private NodeReport awaitReport(Predicate<NodeReport> wanted) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            NodeReport report = NodeReport.of(node().report());
            if (wanted.test(report)) {
                return report;
            }
            Thread.sleep(50); // the node looks for itself every few seconds
        }
        throw new AssertionError("The node does not report it: " + node().report());
    }

    @Test
    void eachGeneration_canBeGoneBackTo_andBackAgain() throws Exception {
        commit(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"));
        commit(Journal.api("lib", "2.0.0"));
        commit(Change.by("test").remove("user"));

        assertThat(goBack(1).outcome()).isEqualTo(Result.APPLIED);
        assertThat(version("lib")).isEqualTo("1.0.0");
        assertThat(version("user")).isEqualTo("1.0.0");
        assertThat(goBack(3).outcome()).isEqualTo(Result.APPLIED);
        assertThat(mainstay.context().getBundle("mainstay:user")).isNull();
        assertThat(goBack(4).outcome()).isEqualTo(Result.APPLIED);
        assertThat(version("user")).isEqualTo("1.0.0");
    }

    @Test
    void frameworkProperties_goBackAtTheNextBoot_andAreDriftUntilThen() throws Exception {
        mainstay.close();
        mainstay = Mainstay.open(properties);
        commit(Change.by("test")
                .frameworkProperty("x", "a")
                .add(Journal.bundle("one", "1.0.0").checked()));
        commit(Change.by("test")
                .frameworkProperty("x", "b")
                .add(Journal.bundle("one", "2.0.0").checked()));
        mainstay.start();

        assertThatThrownBy(() -> commit(Change.by("test").frameworkProperty("x", "c")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("while node");
        assertThat(goBack(1).outcome()).isEqualTo(Result.APPLIED);

        assertThat(version("one")).isEqualTo("1.0.0");
        assertThat(awaitReport(report -> !report.drift().isEmpty()).drift())
                .containsExactly(
                        "framework property x is 'b' in this process, and 'a' in the generation: restart the node");
        mainstay.close();
        mainstay = Mainstay.open(properties).start();
        assertThat(mainstay.context().getProperty("x")).isEqualTo("a");
        assertThat(awaitReport(report -> !report.bundles().isEmpty()).drift()).isEmpty();
    }

    @Test
    void generationThatFailed_isNotGoneBackTo_unlessForced_norIfItHasWorkedSince() throws Exception {
        commit(Journal.bundle("one", "1.0.0"));
        System.setProperty("mainstay.test.fails", "");
        DeployResult failed;
        try {
            failed = mainstay.commit(Change.by("test")
                    .add(Journal.doing(
                                    "two",
                                    "1.0.0",
                                    "if (System.getProperty(\"mainstay.test.fails\") != null)"
                                            + " throw new IllegalStateException(\"not today\");",
                                    "")
                            .checked())
                    .build());
        } finally {
            System.clearProperty("mainstay.test.fails");
        }
        assertThat(failed.outcome()).isEqualTo(Result.FAILED);
        Change again = Change.by("test").restore(failed.preview().state()).build();

        assertThatThrownBy(() -> mainstay.commit(again))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("failed before, as generation 2")
                .hasMessageContaining("--force");
        assertThat(mainstay.commit(again, FORCED).outcome()).isEqualTo(Result.APPLIED);
        goBack(1);
        assertThat(goBack(3).outcome()).isEqualTo(Result.APPLIED);
    }

    @Test
    void stateWhoseContentIsGone_isRefusedWithTheRemedy() throws Exception {
        commit(Journal.bundle("one", "1.0.0"));
        for (int i = 2; i < 6; i++) {
            commit(Journal.bundle("one", i + ".0.0"));
        }
        mainstay.store().collect(2);

        assertThat(mainstay.store().history().find(4).orElseThrow().retained()).isTrue();
        assertThat(goBack(4).outcome()).isEqualTo(Result.APPLIED);
        assertThatThrownBy(() -> goBack(1))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessage("Cannot go back to a state whose content gc has dropped: one 1.0.0; deploy these bundles"
                        + " again, or import an export that has them");
    }

    @Test
    void gcWhileGoingBack_breaksNothing() throws Exception {
        commit(Journal.bundle("one", "1.0.0"));
        commit(Journal.bundle("one", "2.0.0"));
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Integer> collecting = CompletableFuture.supplyAsync(() -> {
            int rounds = 0;
            while (!done.get()) {
                mainstay.store().collect(2);
                rounds++;
            }
            return rounds;
        });
        try {
            for (int i = 0; i < 8; i++) {
                long to = mainstay.store()
                        .history()
                        .chain(properties.get(Settings.CHANNEL), 2)
                        .get(1)
                        .number();
                assertThat(goBack(to).outcome()).isEqualTo(Result.APPLIED);
                assertThat(version("one")).isEqualTo(i % 2 == 0 ? "1.0.0" : "2.0.0");
            }
        } finally {
            done.set(true);
        }
        assertThat(collecting.get()).isPositive();
        assertThat(mainstay.store().verify(Progress.NONE).problems()).isEmpty();
    }

    @Test
    void nodeThatWasAwayForFiftyGenerations_arrivesAtTheHead() throws Exception {
        commit(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"), Journal.bundle("odd", "1.0.0"));
        mainstay.close();
        mainstay = Mainstay.open(properties);
        commitFifty(mainstay);

        mainstay.start();

        awaitHead(mainstay.store(), properties);
    }

    /** The second node looks once when it starts, and then not before fifty generations are made. */
    @Test
    void nodeThatDidNotLookForFiftyGenerations_arrivesAtTheHead() throws Exception {
        commit(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"), Journal.bundle("odd", "1.0.0"));
        Map<String, String> other = new HashMap<>(properties);
        other.put(Settings.NODE, properties.get(Settings.NODE) + "-slow");
        other.put(Settings.POLL_INTERVAL, "20000");
        try (Mainstay second = Mainstay.open(other).start()) {
            commitFifty(mainstay);

            awaitHead(second.store(), other);
            awaitHead(mainstay.store(), properties);
        }
    }

    /** Commits without waiting for nodes that lag behind. */
    private void commitFifty(Mainstay mainstay) throws Exception {
        LiveNodes nodes = new LiveNodes(mainstay.store(), properties.get(Settings.CHANNEL));
        for (int i = 0; i < 50; i++) {
            Change.Builder change = Change.by("test")
                    .add(Journal.api("lib", "1." + (i + 1) + ".0").checked())
                    .add(Journal.bundle("extra" + i, "1.0.0").checked());
            if (i > 2) {
                change.remove("extra" + (i - 2));
            }
            DeployResult proposed = mainstay.commit(change.build(), new Deployer.Options(false, false, Progress.NONE));
            GenerationState fate = nodes.awaitFate(
                            proposed.generation().orElseThrow().number())
                    .state();
            assertThat(fate).isIn(GenerationState.PROVEN, GenerationState.COMMITTED);
        }
    }

    private static void awaitHead(Store store, Map<String, String> settings) throws InterruptedException {
        GenerationRecord head =
                store.history().head(settings.get(Settings.CHANNEL)).orElseThrow();
        List<String> wanted = head.generation().state().entries().stream()
                .map(WayBackTest::line)
                .toList();
        NodeReport report = NodeReport.EMPTY;
        for (int i = 0; i < 900; i++) {
            NodeRecord node = new LiveNodes(store, settings.get(Settings.CHANNEL))
                    .alive().stream()
                            .filter(one -> one.name().equals(settings.get(Settings.NODE)))
                            .findFirst()
                            .orElseThrow();
            report = NodeReport.of(node.report());
            if (node.generation() == head.number()
                    && report.bundles().stream().map(WayBackTest::line).toList().equals(wanted)) {
                assertThat(report.drift()).isEmpty();
                assertThat(report.bundles()).extracting(BundleReport::state).containsOnly("ACTIVE");
                return;
            }
            Thread.sleep(50); // the node is not this test's to wake
        }
        throw new AssertionError("Not at the head: " + report);
    }

    private static String line(GenerationEntry entry) {
        return entry.location() + " " + entry.content().hex();
    }

    private static String line(BundleReport bundle) {
        return bundle.location() + " " + bundle.digest();
    }

    @Test
    void conflict_namesWhatMoved() throws Exception {
        commit(Journal.bundle("one", "1.0.0"), Journal.bundle("two", "1.0.0"));
        GenerationRecord head = commit(Change.by("test")
                        .add(Journal.bundle("one", "1.1.0").checked())
                        .remove("two"))
                .generation()
                .orElseThrow();
        assertThat(head.state()).isEqualTo(GenerationState.PROVEN);

        try (io.mainstay.store.StoreTransaction late = mainstay.store().begin()) {
            assertThatThrownBy(() -> late.propose(properties.get(Settings.CHANNEL), 1, "test", "", SystemState.EMPTY))
                    .isInstanceOfSatisfying(io.mainstay.store.ConflictException.class, conflict -> {
                        assertThat(conflict.moved().updated()).hasSize(1);
                        assertThat(conflict)
                                .hasMessage("Cannot commit on generation 1: channel "
                                        + properties.get(Settings.CHANNEL)
                                        + " moved to 2 (one 1.1.0 updated, two removed); plan again");
                    });
        }
    }

    /** A change in the midst of another: told by the progress of its upload. */
    private DeployResult commitWhile(Change.Builder change, Change.Builder meanwhile) throws Exception {
        AtomicBoolean once = new AtomicBoolean();
        Progress progress = (done, total) -> {
            if (once.compareAndSet(false, true)) {
                try {
                    mainstay.commit(meanwhile.build());
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
        return mainstay.commit(change.build(), new Deployer.Options(false, true, progress));
    }

    @Test
    void changesThatDoNotTouch_areBothMade_andOthersConflict() throws Exception {
        mainstay.close();
        mainstay = Mainstay.open(properties);
        commit(Change.by("test").frameworkProperty("x", "1").frameworkProperty("y", "1"));

        DeployResult apart = commitWhile(
                Change.by("test").add(Journal.bundle("one", "1.0.0").checked()).frameworkProperty("x", "2"),
                Change.by("test").frameworkProperty("y", "2"));

        assertThat(apart.outcome()).isEqualTo(Result.COMMITTED);
        assertThat(apart.preview().state().frameworkProperties())
                .containsEntry("x", "2")
                .containsEntry("y", "2");
        assertThatThrownBy(() -> commitWhile(
                        Change.by("test")
                                .add(Journal.bundle("two", "1.0.0").checked())
                                .frameworkProperty("x", "3"),
                        Change.by("test").frameworkProperty("x", "4")))
                .isInstanceOf(io.mainstay.store.ConflictException.class)
                .hasMessageContaining("(framework property x changed); plan again");
    }
}
