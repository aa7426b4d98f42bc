package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.LastChange;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.Upload;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/** A change happens whole, or all is as it was: also what is not of the store, whatever bundles do meanwhile. */
@Timeout(60)
class WholeChangeTest extends FrameworkTest {
    private static final String THROW = "if (true) throw new IllegalStateException(\"no\");";

    WholeChangeTest() {
        properties.put(Settings.STORE, Stores.freshUrl());
        properties.put(Settings.STEP_LIMIT, "3");
        properties.put(Settings.HEALTH_LIMIT, "1");
    }

    /** Tries a change that fails, and requires that nothing is different. */
    private String fail(Change.Builder change) throws Exception {
        Map<String, String> before = whatRuns();
        DeployResult result = mainstay.commit(change.build());
        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(whatRuns()).isEqualTo(before);
        assertThat(node().state()).isNotEqualTo(NodeState.STUCK);
        return result.cause().orElseThrow();
    }

    private Map<String, String> whatRuns() {
        Map<String, String> bundles = new TreeMap<>();
        for (Bundle bundle : mainstay.context().getBundles()) {
            BundleStartLevel level = bundle.adapt(BundleStartLevel.class);
            bundles.put(
                    bundle.getLocation(),
                    bundle.getVersion() + " in state " + bundle.getState() + " at level " + level.getStartLevel()
                            + (level.isPersistentlyStarted() ? ", autostarted" : ""));
        }
        bundles.put("level", String.valueOf(frameworkLevel().getStartLevel()));
        return bundles;
    }

    private FrameworkStartLevel frameworkLevel() {
        return mainstay.context().getBundle(0).adapt(FrameworkStartLevel.class);
    }

    private Bundle bundle(String name) {
        return mainstay.context().getBundle("mainstay:" + name);
    }

    private NodeRecord node() {
        return mainstay.store().nodes().all(channel()).get(0);
    }

    private LastChange lastChange() {
        return NodeReport.of(node().report()).lastChange();
    }

    private void awaitNode(Predicate<NodeRecord> condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.test(node())) {
            assertThat(System.nanoTime()).as("%s", node()).isLessThan(end);
            Thread.sleep(20); // what a node says of itself comes by the database
        }
    }

    private Bundle foreign(TestJar jar) throws Exception {
        Bundle bundle = mainstay.context().installBundle("foreign", new ByteArrayInputStream(jar.bytes()));
        bundle.start();
        return bundle;
    }

    private static TestJar failing(String name) {
        return Journal.doing(name, "1.0.0", THROW, "");
    }

    private static String others(String name, String what) {
        return "for (org.osgi.framework.Bundle other : context.getBundles())" + " if (other.getSymbolicName().equals(\""
                + name + "\")) { " + what + " }";
    }

    @Test
    void bundleThatThrowsWhenItStops_failsTheChange_untilItIsForced() throws Exception {
        applied(Journal.doing("grumpy", "1.0.0", "", THROW), Journal.bundle("other", "1.0.0"));

        assertThat(fail(change(Journal.bundle("grumpy", "2.0.0"))))
                .isEqualTo("Cannot stop grumpy 1.0.0: java.lang.IllegalStateException: no;"
                        + " with --force it is replaced all the same");
        assertThatThrownBy(() -> commit(Journal.bundle("grumpy", "2.0.0")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("--force");
        DeployResult forced = forced(Journal.bundle("grumpy", "2.0.0"));

        assertThat(forced.outcome()).as("%s", forced.cause()).isEqualTo(Result.APPLIED);
        assertThat(forced.generation().orElseThrow().forced()).isTrue();
    }

    @Test
    void bundleThatThrowsWhenItStops_doesNotSpoilTheWayBack() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));

        assertThat(fail(change(Journal.doing("lib", "2.0.0", "", THROW), failing("zzz"))))
                .isEqualTo("Cannot start zzz 1.0.0: java.lang.IllegalStateException: no");
    }

    @Test
    void bundleThatIsNotOfTheStore_isActiveAgain_whateverBecomesOfTheChange() throws Exception {
        applied(Journal.api("lib", "1.0.0"));
        Bundle foreign = foreign(Journal.bundle("foreign", "1.0.0", "lib"));
        Journal.take();

        fail(change(Journal.api("lib", "2.0.0"), failing("zzz")));
        assertThat(foreign.getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(Journal.take())
                .containsExactly(
                        "stop foreign 1.0.0",
                        "stop lib 1.0.0",
                        "start lib 2.0.0",
                        "start zzz 1.0.0",
                        "stop lib 2.0.0",
                        "start lib 1.0.0",
                        "start foreign 1.0.0");

        applied(Journal.api("lib", "3.0.0"));
        assertThat(foreign.getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(Journal.take())
                .containsExactly("stop foreign 1.0.0", "stop lib 1.0.0", "start lib 3.0.0", "start foreign 1.0.0");
    }

    @Test
    void startLevels_areBack_theFrameworksToo() throws Exception {
        applied(Journal.bundle("level", "1.0.0"));
        int before = frameworkLevel().getStartLevel();

        fail(change(failing("zzz")).add(Journal.bundle("level", "1.0.0").checked(), 9));

        assertThat(frameworkLevel().getStartLevel()).isEqualTo(before);
        fail(change(failing("high")).add(Journal.bundle("higher", "1.0.0").checked(), 20));
        assertThat(frameworkLevel().getStartLevel()).isEqualTo(before);
    }

    @Test
    void lazyBundleThatWasActive_isActiveAgain() throws Exception {
        applied(
                Journal.api("lib", "1.0.0"),
                Journal.api("lazy", "1.0.0", "lib").header("Bundle-ActivationPolicy", "lazy"),
                Journal.api("waiting", "1.0.0", "lib").header("Bundle-ActivationPolicy", "lazy"));
        bundle("lazy").loadClass("lazy.Api");
        assertThat(bundle("lazy").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("waiting").getState()).isEqualTo(Bundle.STARTING);

        fail(change(Journal.api("lib", "2.0.0"), failing("zzz")));
    }

    @Test
    void errorsOfAllKinds_bringTheChangeBack() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        int version = 1;
        for (String error : List.of(
                "new LinkageError(\"x\")",
                "new OutOfMemoryError(\"x\")",
                "new StackOverflowError()",
                "new ThreadDeath()",
                "new Error(\"x\") {}",
                "new AssertionError(\"x\")")) {
            version++;
            fail(change(Journal.doing("lib", version + ".0.0", "if (true) throw " + error + ";", "")));
        }
    }

    @Test
    void damagedContent_isNoticedBeforeAnythingIsTouched() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        applied(Journal.bundle("lib", "2.0.0"));
        Digest digest = Journal.bundle("lib", "1.0.0").checked().content().digest();
        damage(digest);
        GenerationRecord first = mainstay.store().history().find(1).orElseThrow();
        Journal.take();
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        mainstay.context().addBundleListener((SynchronousBundleListener) event -> events.add(event.toString()));

        String cause = fail(Change.by("test").restore(first.generation().state()));

        assertThat(cause).contains("lib 1.0.0", digest.hex());
        assertThat(events).isEmpty();
        assertThat(Journal.take()).isEmpty();
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
    void bundleThatStopsOrStartsAnother_isTakenBackWithWhatItDid() throws Exception {
        applied(Journal.bundle("victim", "1.0.0"), Journal.bundle("sleeper", "1.0.0"));
        bundle("sleeper").stop();

        assertThat(fail(change(Journal.doing(
                        "bully",
                        "1.0.0",
                        others("victim", "other.stop();") + others("sleeper", "other.start();"),
                        ""))))
                .isEqualTo("victim 1.0.0 should be active after the change, and is not");
    }

    @Test
    void bundleThatUpdatesAnother_isTakenBackWithWhatItDid() throws Exception {
        applied(Journal.api("victim", "1.0.0"), Journal.bundle("user", "1.0.0", "victim"));
        TestJar bully = Journal.doing(
                        "bully",
                        "1.0.0",
                        others("victim", "other.update(getClass().getResourceAsStream(\"/other.jar\"));"),
                        "")
                .entry("other.jar", Journal.api("victim", "6.6.6").bytes());

        assertThat(fail(change(bully))).isEqualTo("victim 1.0.0 was updated behind the store's back during the change");
        assertThat(bundle("victim").loadClass("victim.Api").getMethod("say").invoke(null))
                .isEqualTo("victim 1.0.0");
    }

    @Test
    void bundleThatInstallsAnother_isTakenBackWithIt() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        TestJar installer = Journal.doing(
                        "installer",
                        "1.0.0",
                        "context.installBundle(\"brought\", getClass().getResourceAsStream(\"/other.jar\")).start(); "
                                + THROW,
                        "")
                .entry("other.jar", Journal.api("brought", "1.0.0").bytes());

        fail(change(installer));

        assertThat(mainstay.context().getBundle("brought")).isNull();
    }

    @Test
    void bundleThatStopsTheFramework_failsTheChange_andTheNextBootHasWhatThereWas() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        org.osgi.framework.launch.Framework framework =
                (org.osgi.framework.launch.Framework) mainstay.context().getBundle(0);
        TestJar suicidal = Journal.doing("suicidal", "1.0.0", "context.getBundle(0).stop(); Thread.sleep(200);", "");

        DeployResult result = commit(suicidal, Journal.bundle("lib", "2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(framework.waitForStop(TimeUnit.SECONDS.toMillis(30)).getType())
                .isEqualTo(FrameworkEvent.STOPPED);
        restart();
        assertThat(bundle("lib").getVersion()).hasToString("1.0.0");
        assertThat(bundle("suicidal")).isNull();
        applied(Journal.bundle("lib", "3.0.0"));
    }

    @Test
    void bundleThatRestartsTheFramework_failsTheChange_andTheNodeComesBack() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        TestJar restarting =
                Journal.doing("restarting", "1.0.0", "context.getBundle(0).update(); Thread.sleep(200);", "");

        DeployResult result = commit(restarting, Journal.bundle("lib", "2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        awaitNode(node -> node.state() == NodeState.RUNNING
                && bundle("lib") != null
                && bundle("lib").getState() == Bundle.ACTIVE
                && bundle("lib").getVersion().toString().equals("1.0.0"));
        assertThat(bundle("restarting")).isNull();
    }

    @Test
    void lastChange_isOnTheNodesRow_alsoAfterARestart() throws Exception {
        assertThat(lastChange()).isNull();
        DeployResult good = applied(Journal.bundle("lib", "1.0.0"));
        assertThat(lastChange().generation())
                .isEqualTo(good.generation().orElseThrow().number());
        assertThat(lastChange().outcome()).isEqualTo(LastChange.APPLIED);
        assertThat(lastChange().cause()).isNull();

        String cause = fail(change(failing("zzz")));

        assertThat(lastChange().generation())
                .isEqualTo(good.generation().orElseThrow().number() + 1);
        assertThat(lastChange().outcome()).isEqualTo(LastChange.ROLLED_BACK);
        assertThat(lastChange().cause()).isEqualTo(cause);
        restart();
        assertThat(lastChange().cause()).isEqualTo(cause);
    }

    @Test
    void stateThatFailed_isNotTriedAgainAfterARestart_untilItIsForced() throws Exception {
        applied(Journal.bundle("lib", "1.0.0"));
        fail(change(failing("zzz")));
        restart();
        Journal.take();

        assertThatThrownBy(() -> commit(failing("zzz")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("failed before");
        assertThat(Journal.take()).isEmpty();
        assertThat(forced(failing("zzz")).outcome()).isEqualTo(Result.FAILED);
        assertThat(Journal.take()).containsExactly("start zzz 1.0.0");
    }

    @Test
    void whatWasReallyReset_isInTheReport() throws Exception {
        applied(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"), Journal.bundle("other", "1.0.0"));
        JsonObject report = report(applied(Journal.api("lib", "2.0.0")));

        assertThat(report.get("actual").getAsJsonArray())
                .extracting(one -> one.getAsJsonObject().get("location").getAsString())
                .containsExactly("mainstay:lib", "mainstay:user");
        assertThat(report.get("reset").getAsJsonArray()).hasSize(2);

        foreign(Journal.bundle("foreign", "1.0.0", "lib"));
        assertThat(report(applied(Journal.api("lib", "3.0.0"))).get("actual").getAsJsonArray())
                .extracting(one -> one.getAsJsonObject().get("location").getAsString())
                .containsExactly("foreign", "mainstay:lib", "mainstay:user");
    }

    @Test
    void changeThatIsOvertakenWhileItIsApplied_isTakenBack_alsoWhereThereWasNothingBefore() throws Exception {
        AtomicBoolean once = new AtomicBoolean();
        mainstay.context()
                .registerService(
                        Runnable.class,
                        () -> {
                            if (once.compareAndSet(false, true)) {
                                commitBesides(Journal.bundle("other", "1.0.0").checked());
                            }
                        },
                        null);

        applied(Journal.doing(
                "late", "1.0.0", "context.getService(context.getServiceReference(Runnable.class)).run();", ""));

        assertThat(Journal.take())
                .startsWith("start late 1.0.0", "stop late 1.0.0")
                .hasSize(4);
        assertThat(mainstay.store().history().find(1).orElseThrow().state()).isEqualTo(GenerationState.OVERTAKEN);
        assertThat(bundle("other").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("late").getState()).isEqualTo(Bundle.ACTIVE);
    }

    /** Moves the head as a deployer does that sees no node. */
    private void commitBesides(CheckedBundle bundle) {
        try (Upload upload = new Upload(mainstay.store())) {
            upload.put(List.of(bundle), Progress.NONE);
            GenerationEntry entry = new GenerationEntry(
                    "mainstay:other",
                    bundle.content().symbolicName(),
                    bundle.content().version(),
                    bundle.content().digest(),
                    1);
            StoreTransaction transaction = upload.transaction();
            GenerationRecord record =
                    transaction.propose(channel(), 0, "other", "", SystemState.of(List.of(entry), Map.of(), List.of()));
            transaction.moveHead(record.number(), false, Optional.empty());
            transaction.commit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonObject report(DeployResult result) {
        return JsonParser.parseString(result.generation().orElseThrow().report().orElseThrow())
                .getAsJsonObject();
    }

    @Test
    void bundlesMayUseStoreNodeAndFramework_whileTheyStartAndStop() throws Exception {
        String use = "Thread thread = new Thread(() -> { try {"
                + " io.mainstay.framework.node.RunningNode node = context.getService("
                + "  context.getServiceReference(io.mainstay.framework.node.RunningNode.class));"
                + " node.generation(); node.store().history().head(node.settings().channel());"
                + " node.store().nodes().all(node.settings().channel());"
                + " new io.mainstay.framework.deploy.Deployer(node.store(), node.settings().channel(), node.configuration())"
                + "  .preview(io.mainstay.framework.deploy.Change.by(\"x\").remove(\"other\").build());"
                + " org.osgi.framework.Bundle made = context.installBundle(\"made:\" + System.nanoTime(),"
                + "  getClass().getResourceAsStream(\"/other.jar\"));"
                + " context.getBundle(0).adapt(org.osgi.framework.wiring.FrameworkWiring.class)"
                + "  .resolveBundles(java.util.List.of(made)); made.uninstall();"
                + Journal.class.getName() + ".note(\"used\");"
                + " } catch (Exception e) { e.printStackTrace(); } }); thread.start(); thread.join();";
        applied(Journal.bundle("other", "1.0.0"));
        applied(user("1.0.0", use));
        Journal.take();

        applied(user("2.0.0", use));

        assertThat(Journal.take()).containsExactly("stop user 1.0.0", "used", "start user 2.0.0", "used");
    }

    private static TestJar user(String version, String use) {
        return Journal.doing(
                        "user",
                        version,
                        use,
                        use,
                        "io.mainstay.framework.node",
                        "io.mainstay.framework.deploy",
                        "io.mainstay.framework",
                        "io.mainstay.store",
                        "org.osgi.framework.wiring")
                .entry("other.jar", TestJar.bundle("made", "1.0.0").bytes());
    }

    @Test
    void bundleThatDeploysItsOwnUpdate_isUpdated_andTheChangeIsSettled() throws Exception {
        byte[] next = Journal.bundle("deployer", "2.0.0").bytes();
        String deploy = "new Thread(() -> { try {"
                + " io.mainstay.framework.node.RunningNode node = context.getService("
                + "  context.getServiceReference(io.mainstay.framework.node.RunningNode.class));"
                + " while (node.store().history().headNumber(node.settings().channel()) == 0) Thread.sleep(10);"
                + " io.mainstay.intake.CheckedBundle next = new io.mainstay.intake.BundleIntake("
                + "   io.mainstay.intake.IntakeLimits.DEFAULT).check(io.mainstay.store.ContentSource.of(\"next\","
                + "   getClass().getResourceAsStream(\"/next.jar\").readAllBytes()));"
                + " Object outcome = new io.mainstay.framework.deploy.Deployer("
                + "   node.store(), node.settings().channel(), node.configuration()).deploy("
                + "   io.mainstay.framework.deploy.Change.by(\"itself\").add(next).build(),"
                + "   io.mainstay.framework.deploy.Deployer.Options.DEFAULT).outcome();"
                + Journal.class.getName() + ".note(\"deployed, \" + outcome);"
                + " } catch (Throwable e) { " + Journal.class.getName() + ".note(\"failed, \" + e); } }).start();";
        applied(Journal.doing(
                        "deployer",
                        "1.0.0",
                        deploy,
                        "",
                        "io.mainstay.framework.node",
                        "io.mainstay.framework.deploy",
                        "io.mainstay.framework",
                        "io.mainstay.intake",
                        "io.mainstay.store")
                .entry("next.jar", next));

        List<String> lines = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (lines.stream().noneMatch(line -> line.contains("ed, "))) {
            lines.addAll(Journal.take());
            assertThat(System.nanoTime()).as("%s", lines).isLessThan(end);
            Thread.sleep(20); // the bundle's thread is on its own
        }

        assertThat(lines)
                .containsExactly(
                        "start deployer 1.0.0", "stop deployer 1.0.0", "start deployer 2.0.0", "deployed, APPLIED");
        assertThat(bundle("deployer").getVersion()).hasToString("2.0.0");
        assertThat(mainstay.store().history().proposals(channel())).isEmpty();
        assertThat(mainstay.store().history().head(channel()).orElseThrow().state())
                .isEqualTo(GenerationState.PROVEN);
    }
}
