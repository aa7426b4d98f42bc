package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeRequest.Answer;
import io.mainstay.store.NodeRequest.Outcome;
import io.mainstay.store.SystemState;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.startlevel.BundleStartLevel;

/** What somebody does to a framework past the store: seen, adopted, repaired, and gone at the next boot. */
@Timeout(60)
class DriftTest extends FrameworkTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void commitThree() throws Exception {
        applied(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"), Journal.bundle("other", "1.0.0"));
        Journal.take();
    }

    private Bundle bundle(String location) {
        return mainstay.context().getBundle(location);
    }

    private Bundle installStream(String location, TestJar jar) throws Exception {
        Bundle bundle = mainstay.context().installBundle(location, new ByteArrayInputStream(jar.bytes()));
        bundle.start();
        return bundle;
    }

    private NodeRecord node() {
        return new LiveNodes(mainstay.store(), channel()).alive().get(0);
    }

    private Answer ask(NodeRequest.Kind kind) {
        return new LiveNodes(mainstay.store(), channel()).ask(node(), kind, "jane", "because");
    }

    /** The node looks every now and then; what it says has to be there in the end. */
    private List<String> drift(String... expected) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        List<String> drift = NodeReport.of(node().report()).drift();
        while (!(drift.size() == expected.length) && System.nanoTime() < end) {
            Thread.sleep(20);
            drift = NodeReport.of(node().report()).drift();
        }
        assertThat(drift).containsExactlyInAnyOrder(expected);
        return drift;
    }

    private GenerationRecord head() {
        return mainstay.store().history().head(channel()).orElseThrow();
    }

    private SystemState state() {
        return head().generation().state();
    }

    @Test
    void allThatIsDone_isSeen() throws Exception {
        drift();

        installStream("somewhere:a", Journal.bundle("a", "1.0.0"));
        bundle("mainstay:other").stop();
        bundle("mainstay:user").uninstall();
        bundle("mainstay:lib")
                .update(new ByteArrayInputStream(Journal.api("lib", "1.5.0").bytes()));
        bundle("mainstay:lib").adapt(BundleStartLevel.class).setStartLevel(2);

        drift(
                "a 1.0.0 is installed at somewhere:a, and not in the generation",
                "other 1.0.0 should be active, and is RESOLVED",
                "user 1.0.0 is in the generation, and not installed",
                "lib 1.0.0 was updated to lib 1.5.0 behind the store's back",
                "lib 1.0.0 has start level 2 instead of 1",
                "lib 1.0.0 should be active, and is RESOLVED");
    }

    @Test
    void adopt_makesAGenerationOfIt_thatBootsTheSame() throws Exception {
        Path file = Files.write(
                folder.resolve("a.jar"), Journal.bundle("a", "1.0.0").bytes());
        mainstay.context().installBundle(file.toUri().toString()).start();
        installStream("inputstream:b.jar", Journal.bundle("b", "1.0.0", "lib"));
        bundle("mainstay:other").stop();
        bundle("mainstay:user").uninstall();
        bundle("mainstay:lib")
                .update(new ByteArrayInputStream(Journal.api("lib", "1.5.0").bytes()));
        long parent = head().number();

        Answer answer = ask(NodeRequest.Kind.ADOPT);

        assertThat(answer.text()).startsWith("adopted as generation " + answer.generation());
        assertThat(answer.outcome()).isEqualTo(Outcome.DONE);
        assertThat(head().number()).isEqualTo(answer.generation()).isGreaterThan(parent);
        assertThat(head().state()).isEqualTo(GenerationState.PROVEN);
        assertThat(head().generation().author()).isEqualTo("jane");
        assertThat(head().generation().message()).isEqualTo("because");
        assertThat(state().entries())
                .extracting(GenerationEntry::location, GenerationEntry::label, GenerationEntry::autostart)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(file.toUri().toString(), "a 1.0.0", true),
                        org.assertj.core.groups.Tuple.tuple("mainstay:b", "b 1.0.0", true),
                        org.assertj.core.groups.Tuple.tuple("mainstay:other", "other 1.0.0", false),
                        org.assertj.core.groups.Tuple.tuple("mainstay:lib", "lib 1.5.0", true));
        drift();
        assertThat(bundle("mainstay:other").getState()).isEqualTo(Bundle.RESOLVED);
        assertThat(bundle("inputstream:b.jar")).isNull();
        assertThat(bundle("mainstay:b").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(mainstay.store().verify((done, total) -> {}).problems()).isEmpty();

        Files.delete(file);
        restart();

        drift();
        assertThat(bundle(file.toUri().toString()).getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("mainstay:other").getState()).isEqualTo(Bundle.RESOLVED);
        assertThat(bundle("mainstay:lib").getVersion()).hasToString("1.5.0");
        assertThat(bundle("mainstay:user")).isNull();
    }

    @Test
    void adoptedBundleThatRests_isStartedByRollback() throws Exception {
        long before = head().number();
        bundle("mainstay:other").stop();
        ask(NodeRequest.Kind.ADOPT);
        assertThat(Journal.take()).containsExactly("stop other 1.0.0");

        DeployResult back = mainstay.commit(Change.by("test")
                .restore(mainstay.store()
                        .history()
                        .find(before)
                        .orElseThrow()
                        .generation()
                        .state())
                .build());

        assertThat(back.outcome()).isEqualTo(Result.APPLIED);
        assertThat(Journal.take()).containsExactly("start other 1.0.0");
        assertThat(bundle("mainstay:other").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void repair_takesItAllAway() throws Exception {
        installStream("inputstream:b.jar", Journal.bundle("b", "1.0.0", "lib"));
        bundle("mainstay:other").stop();
        bundle("mainstay:user").uninstall();
        bundle("mainstay:lib")
                .update(new ByteArrayInputStream(Journal.api("lib", "1.5.0").bytes()));
        bundle("mainstay:lib").adapt(BundleStartLevel.class).setStartLevel(9);
        GenerationRecord before = head();

        Answer answer = ask(NodeRequest.Kind.REPAIR);

        assertThat(answer.outcome()).describedAs(answer.text()).isEqualTo(Outcome.DONE);
        assertThat(answer.text())
                .contains(
                        "b 1.0.0 is installed at inputstream:b.jar",
                        "other 1.0.0 should be active, and is RESOLVED",
                        "updated to lib 1.5.0 behind");
        assertThat(head()).isEqualTo(before);
        drift();
        assertThat(bundle("inputstream:b.jar")).isNull();
        for (String name : List.of("lib", "user", "other")) {
            assertThat(bundle("mainstay:" + name).getState()).isEqualTo(Bundle.ACTIVE);
            assertThat(bundle("mainstay:" + name).getVersion()).hasToString("1.0.0");
        }
        assertThat(ask(NodeRequest.Kind.REPAIR).outcome()).isEqualTo(Outcome.UNCHANGED);
        assertThat(ask(NodeRequest.Kind.ADOPT).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void requestOfANewerProgram_isRefused_andKeepsNobodyFromBeingAnswered() throws Exception {
        assertThat(NodeRequest.Kind.of("FLY")).isEqualTo(NodeRequest.Kind.UNKNOWN);

        Answer answer = ask(NodeRequest.Kind.UNKNOWN);

        assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(answer.text()).startsWith("this node is older than what asks it");
        assertThat(ask(NodeRequest.Kind.ADOPT).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void adoptionThatFails_leavesWhatThereWas() throws Exception {
        String once =
                "if (System.getProperty(\"mainstay.test.once\") != null) throw new IllegalStateException(\"once\");"
                        + " System.setProperty(\"mainstay.test.once\", \"x\");";
        try {
            installStream("inputstream:b.jar", Journal.doing("b", "1.0.0", once, "System.clearProperty(\"none\");"));
            bundle("mainstay:other").stop();
            GenerationRecord before = head();

            Answer answer = ask(NodeRequest.Kind.ADOPT);

            assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(answer.text()).contains("once");
            assertThat(head()).isEqualTo(before);
            assertThat(bundle("mainstay:b")).isNull();
            assertThat(bundle("inputstream:b.jar").getVersion()).hasToString("1.0.0");
            assertThat(bundle("mainstay:other").getState()).isEqualTo(Bundle.RESOLVED);
        } finally {
            System.clearProperty("mainstay.test.once");
        }
    }

    @Test
    void bundleThatFelixHasNoJarOf_isNotAdopted_butRepaired() throws Exception {
        Path file = Files.write(
                folder.resolve("r.jar"), Journal.bundle("r", "1.0.0").bytes());
        String location = "reference:" + file.toUri();
        mainstay.context().installBundle(location).start();
        GenerationRecord before = head();

        Answer answer = ask(NodeRequest.Kind.ADOPT);

        assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(answer.text()).contains(location, "deploy its file", "repair");
        assertThat(head()).isEqualTo(before);
        assertThat(bundle(location).getState()).isEqualTo(Bundle.ACTIVE);

        assertThat(ask(NodeRequest.Kind.REPAIR).outcome()).isEqualTo(Outcome.DONE);

        assertThat(bundle(location)).isNull();
        drift();
    }

    @Test
    void atTheNextBoot_theGenerationWins() throws Exception {
        installStream("inputstream:b.jar", Journal.bundle("b", "1.0.0", "lib"));
        bundle("mainstay:other").stop();
        bundle("mainstay:user").uninstall();

        restart();

        drift();
        assertThat(bundle("inputstream:b.jar")).isNull();
        assertThat(bundle("mainstay:other").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("mainstay:user").getState()).isEqualTo(Bundle.ACTIVE);
    }
}
