package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Folders;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;

/** A node boots what the store says, or the youngest generation that has worked and still can. */
@Timeout(60)
class BootTest {
    private Map<String, String> properties;
    private Mainstay door;
    private Framework framework;

    @BeforeEach
    void open() {
        properties = new HashMap<>(Stores.freshChannel());
        properties.put(Settings.STORE, Stores.freshUrl());
        properties.putAll(Journal.exported());
        door = Mainstay.open(properties);
        Journal.take();
    }

    @AfterEach
    void close() throws Exception {
        if (framework != null) {
            stop();
        }
        door.close();
    }

    private void start() throws BundleException {
        if (framework == null) {
            framework = new MainstayFrameworkFactory().newFramework(properties);
        }
        framework.start();
    }

    private void stop() throws Exception {
        framework.stop();
        assertThat(framework.waitForStop(TimeUnit.SECONDS.toMillis(30)).getType())
                .isEqualTo(FrameworkEvent.STOPPED);
    }

    private void stopForGood() throws Exception {
        stop();
        framework = null;
    }

    private DeployResult commit(Result expected, TestJar... jars) throws Exception {
        Change.Builder change = Change.by("test");
        for (TestJar jar : jars) {
            change.add(jar.checked());
        }
        DeployResult result = door.commit(change.build());
        assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(expected);
        return result;
    }

    private Object say(String name) throws ReflectiveOperationException {
        return bundle(name).loadClass(name + ".Api").getMethod("say").invoke(null);
    }

    private Bundle bundle(String name) {
        return framework.getBundleContext().getBundle("mainstay:" + name);
    }

    private NodeRecord node() {
        return door.store().nodes().all(properties.get(Settings.CHANNEL)).get(0);
    }

    private NodeRecord awaitNode(Predicate<NodeRecord> condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.test(node())) {
            assertThat(System.nanoTime()).as("%s", node()).isLessThan(end);
            Thread.sleep(20); // what a node says of itself comes by the database
        }
        return node();
    }

    private void damage(Digest content) throws Exception {
        try (Connection connection = DriverManager.getConnection(properties.get(Settings.STORE));
                PreparedStatement statement = connection.prepareStatement(
                        "UPDATE MAINSTAY.CONTENT_CHUNK SET BYTES = ? WHERE DIGEST = ? AND POSITION = 0")) {
            statement.setBytes(1, new byte[] {1, 2, 3});
            statement.setString(2, content.hex());
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }

    @Test
    void sameFramework_startsAgain_withWhatWasCommittedMeanwhile() throws Exception {
        commit(
                Result.COMMITTED,
                Journal.api("kept", "1.0.0"),
                Journal.api("updated", "1.0.0"),
                Journal.api("gone", "1.0.0"));
        start();
        assertThat(say("updated")).isEqualTo("updated 1.0.0");
        stop();
        Journal.take();

        Change.Builder change = Change.by("test").remove("gone");
        change.add(Journal.api("updated", "2.0.0").checked());
        change.add(Journal.api("fresh", "1.0.0").checked(), 3);
        assertThat(door.commit(change.build()).outcome()).isEqualTo(Result.COMMITTED);
        start();

        assertThat(say("kept")).isEqualTo("kept 1.0.0");
        assertThat(say("updated")).isEqualTo("updated 2.0.0");
        assertThat(say("fresh")).isEqualTo("fresh 1.0.0");
        assertThat(bundle("gone")).isNull();
        assertThat(Journal.take())
                .containsExactlyInAnyOrder("start kept 1.0.0", "start updated 2.0.0", "start fresh 1.0.0");
        commit(Result.APPLIED, Journal.api("updated", "3.0.0"));
        assertThat(say("updated")).isEqualTo("updated 3.0.0");
        for (String service :
                List.of("org.osgi.service.repository.Repository", "io.mainstay.framework.node.RunningNode")) {
            assertThat(framework.getBundleContext().getAllServiceReferences(service, null))
                    .as(service)
                    .hasSize(1);
        }
    }

    @Test
    void sameFramework_startsAgain_withoutItsStorage() throws Exception {
        Path storage = Folders.temporary();
        properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"));
        for (int run = 0; run < 3; run++) {
            start();
            assertThat(say("lib")).isEqualTo("lib 1.0.0");
            assertThat(bundle("lib").getState()).isEqualTo(Bundle.ACTIVE);
            stop();
            Folders.remove(storage);
        }
    }

    @Test
    void anotherFramework_startsWithoutTheStorageOfTheFirst() throws Exception {
        Path storage = Folders.temporary();
        properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"));
        start();
        stopForGood();
        Folders.remove(storage);

        start();
        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        stopForGood();
        Folders.remove(storage);
    }

    @Test
    void storageThatNobodyAskedFor_isGoneWithTheFramework() throws Exception {
        start();
        Path storage = Path.of(framework.getBundleContext().getProperty(Constants.FRAMEWORK_STORAGE));
        assertThat(storage).exists();
        stop();
        assertThat(storage).doesNotExist();

        start();
        stopForGood();
        assertThat(storage).doesNotExist();
    }

    @Test
    void frameworkThatRestartsItself_followsAgain() throws Exception {
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"));
        start();
        framework.getBundleContext().getBundle(0).update();
        assertThat(framework.waitForStop(TimeUnit.SECONDS.toMillis(30)).getType())
                .isEqualTo(FrameworkEvent.STOPPED_UPDATE);
        awaitNode(node -> node.state() == NodeState.RUNNING);

        commit(Result.APPLIED, Journal.api("lib", "2.0.0"));

        assertThat(say("lib")).isEqualTo("lib 2.0.0");
    }

    @Test
    void damagedContent_isRefused_andTheGenerationBeforeBoots() throws Exception {
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"));
        start();
        DeployResult second = commit(Result.APPLIED, Journal.api("lib", "2.0.0"));
        stopForGood();
        Digest digest = Journal.api("lib", "2.0.0").checked().content().digest();
        damage(digest);

        start();

        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        NodeRecord node = awaitNode(record -> record.state() == NodeState.BEHIND);
        assertThat(node.generation()).isEqualTo(second.preview().base());
        assertThat(node.reason().orElseThrow()).contains("lib 2.0.0", digest.hex());

        door.commit("Mend", Journal.api("lib", "2.0.0").checked());
        stopForGood();
        start();
        assertThat(say("lib")).isEqualTo("lib 2.0.0");
    }

    @Test
    void damagedContentOfAllGenerations_isRefused_byName() throws Exception {
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"), Journal.bundle("other", "1.0.0"));
        Digest digest = Journal.api("lib", "1.0.0").checked().content().digest();
        damage(digest);

        assertThatThrownBy(this::start)
                .isInstanceOf(BundleException.class)
                .hasMessageContaining("lib 1.0.0")
                .hasMessageContaining(digest.hex());

        assertThat(framework.waitForStop(TimeUnit.SECONDS.toMillis(30)).getType())
                .isEqualTo(FrameworkEvent.STOPPED);
        assertThat(Journal.take()).isEmpty();
        door.commit("Mend", Journal.api("lib", "1.0.0").checked());
        start();
        assertThat(say("lib")).isEqualTo("lib 1.0.0");
    }

    @Test
    void generationThatFailsAtItsFirstBoot_isLeftForTheLastThatWorked() throws Exception {
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"));
        start();
        stopForGood();
        DeployResult bad = commit(
                Result.COMMITTED,
                Journal.doing("lib", "2.0.0", "if (true) throw new IllegalStateException(\"no port\");", "")
                        .header("Export-Package", "lib"),
                Journal.bundle("fresh", "1.0.0"));

        start();

        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        assertThat(bundle("fresh")).isNull();
        assertThat(bundle("user").getState()).isEqualTo(Bundle.ACTIVE);
        var record = door.store()
                .history()
                .find(bad.generation().orElseThrow().number())
                .orElseThrow();
        assertThat(record.state()).isEqualTo(GenerationState.FAILED);
        assertThat(record.cause().orElseThrow()).contains("lib", "no port");
        assertThat(node().reason().orElseThrow()).contains("failed at boot", "no port");

        stopForGood();
        start();
        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        commit(Result.APPLIED, Journal.api("lib", "3.0.0"));
        assertThat(say("lib")).isEqualTo("lib 3.0.0");
        assertThat(awaitNode(node -> node.state() == NodeState.RUNNING).reason())
                .isEmpty();
    }

    @Test
    void generationThatHangsAtItsFirstBoot_isLeftForTheLastThatWorked() throws Exception {
        properties.put(Settings.STEP_LIMIT, "1");
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"), Journal.bundle("zoo", "1.0.0"));
        start();
        stopForGood();
        commit(
                Result.COMMITTED,
                Journal.doing("lib", "2.0.0", "new java.util.concurrent.CountDownLatch(1).await();", "")
                        .header("Export-Package", "lib"));
        Journal.take();

        start();

        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        assertThat(bundle("zoo").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(node().reason().orElseThrow()).contains("failed at boot", "lib 2.0.0", "InterruptedException");
    }

    @Test
    void firstGenerationOfAll_mayFail_andTheNodeStaysForTheNext() throws Exception {
        commit(Result.COMMITTED, Journal.doing("lib", "1.0.0", "if (true) throw new Exception(\"no port\");", ""));
        start();
        assertThat(node().reason().orElseThrow()).contains("java.lang.Exception: no port");

        commit(Result.APPLIED, Journal.api("lib", "2.0.0"));

        assertThat(say("lib")).isEqualTo("lib 2.0.0");
    }

    @Test
    void bundlesStart_byLevel_thenProvidersFirst() throws Exception {
        Change.Builder change = Change.by("test");
        change.add(Journal.bundle("a", "1.0.0", "z").checked(), 5);
        change.add(Journal.api("z", "1.0.0").checked(), 5);
        change.add(Journal.bundle("m", "1.0.0", "z").checked(), 3);
        change.add(Journal.bundle("q", "1.0.0").checked(), 1);
        door.commit(change.build());

        start();

        assertThat(Journal.take()).containsExactly("start q 1.0.0", "start m 1.0.0", "start z 1.0.0", "start a 1.0.0");
    }

    @Test
    void bundleOfALauncher_runsBesideTheStore_andShowsAsDrift() throws Exception {
        framework = new MainstayFrameworkFactory().newFramework(properties);
        framework.init();
        Bundle foreign = framework
                .getBundleContext()
                .installBundle(
                        "launcher:foreign",
                        new ByteArrayInputStream(Journal.api("foreign", "1.0.0").bytes()));
        foreign.start();
        framework.start();

        assertThat(foreign.getState()).isEqualTo(Bundle.ACTIVE);
        commit(Result.APPLIED, Journal.bundle("user", "1.0.0"));
        awaitNode(node -> node.report().contains("foreign 1.0.0 is installed at launcher:foreign"));
        assertThat(foreign.getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void nodeThatDoesNotFollow_keepsNobodyWaiting() throws Exception {
        properties.put(Settings.FOLLOW, "false");
        commit(Result.COMMITTED, Journal.api("lib", "1.0.0"));
        start();

        long begin = System.nanoTime();
        DeployResult next = door.commit("Next", Journal.api("lib", "2.0.0").checked());

        assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(10));
        assertThat(next.outcome()).isEqualTo(Result.COMMITTED);
        assertThat(say("lib")).isEqualTo("lib 1.0.0");
        awaitNode(node -> node.report().contains("\"fixed\":true"));
        stopForGood();
        start();
        assertThat(say("lib")).isEqualTo("lib 2.0.0");
    }

    @Test
    void frameworkThatStopsDuringAChange_doesNotBlameTheChange() throws Exception {
        commit(Result.COMMITTED, Journal.doing("slow", "1.0.0", "", "Thread.sleep(1_000);"));
        start();
        framework.stop();
        Thread.sleep(200); // the slow bundle is being stopped now

        DeployResult result =
                door.commit("Meanwhile", Journal.bundle("fresh", "1.0.0").checked());

        assertThat(framework.waitForStop(TimeUnit.SECONDS.toMillis(30)).getType())
                .isEqualTo(FrameworkEvent.STOPPED);
        assertThat(result.outcome()).isEqualTo(Result.COMMITTED);
        assertThat(List.of(result.generation().orElseThrow().state())).containsExactly(GenerationState.COMMITTED);
        framework = null;
        start();
        assertThat(bundle("fresh").getState()).isEqualTo(Bundle.ACTIVE);
    }
}
