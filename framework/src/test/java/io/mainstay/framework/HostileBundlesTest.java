package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.Booting;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;

/** What bundles do to those that change them. */
@Timeout(120)
class HostileBundlesTest extends FrameworkTest {

    HostileBundlesTest() {
        properties.put(Settings.STORE, Stores.freshUrl());
        properties.put(Settings.STEP_LIMIT, "3");
    }

    @AfterEach
    void backendIsUpAgain() {
        System.clearProperty("test.backend.down");
    }

    private String failed(TestJar... jars) throws Exception {
        DeployResult result = commit(jars);
        assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.FAILED);
        assertThat(node().state()).isNotEqualTo(NodeState.STUCK);
        return result.cause().orElseThrow();
    }

    private NodeRecord node() {
        return new LiveNodes(mainstay.store(), channel()).alive().get(0);
    }

    private Bundle bundle(String name) {
        return mainstay.context().getBundle("mainstay:" + name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "new RuntimeException() { public String getMessage() { throw new IllegalStateException(); } }",
                "new RuntimeException() { public Throwable getCause() { throw new IllegalStateException(); } }",
                "new RuntimeException() { public StackTraceElement[] getStackTrace() { return null; } }",
                "new RuntimeException() { public String toString() { return null; } public String getMessage() {"
                        + " return getLocalizedMessage(); } public String getLocalizedMessage() { return getMessage(); } }",
                "bad.Deep.chain()"
            })
    void exceptionThatCannotBeTold_isTakenBackAsAnyOther(String exception) throws Exception {
        TestJar api = Journal.api("api", "1.0.0");
        applied(api, Journal.bundle("user", "1.0.0", "api"));
        Journal.take();

        failed(
                Journal.api("api", "1.1.0"),
                Journal.doing("bad", "1.0.0", "if (true) throw " + exception + ";", "")
                        .code(
                                "package bad; public class Deep { public static RuntimeException chain() {"
                                        + " RuntimeException e = new RuntimeException(\"root\");"
                                        + " for (int i = 0; i < 20_000; i++) e = new RuntimeException(\"more\", e); return e; } }"));

        assertThat(bundle("api").getVersion()).hasToString("1.0.0");
        assertThat(bundle("user").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("bad")).isNull();
        assertThat(NodeReport.of(node().report()).lastChange().outcome()).isEqualTo("rolled_back");
    }

    private static TestJar backend(String version) {
        return Journal.doing(
                "backend",
                version,
                "if (Boolean.getBoolean(\"test.backend.down\")) throw new Exception(\"down\");",
                "");
    }

    @Test
    void bundleThatFailedAtBoot_isStartedByTheChangeThatUpdatesIt() throws Exception {
        applied(backend("1.0.0"));
        mainstay.close();
        System.setProperty("test.backend.down", "true");
        mainstay = Mainstay.open(properties).start();
        assertThat(bundle("backend").getState()).isEqualTo(Bundle.RESOLVED);

        assertThat(failed(backend("1.0.1"))).contains("down");
        System.clearProperty("test.backend.down");
        applied(backend("1.0.2"));

        assertThat(bundle("backend").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void bundleThatFailedForWantOfAnother_isStartedWhenThatIsMended_andIsNoReasonToFail() throws Exception {
        TestJar user = Journal.doing(
                        "user", "1.0.0", "if (!needed.Needed.works()) throw new Exception(\"needed\");", "", "needed")
                .seeing(needed("1.0.0", "true"));
        applied(needed("1.0.0", "!Boolean.getBoolean(\"test.backend.down\")"), user);
        mainstay.close();
        System.setProperty("test.backend.down", "true");
        mainstay = Mainstay.open(properties).start();
        assertThat(bundle("user").getState()).isEqualTo(Bundle.RESOLVED);

        applied(needed("1.0.1", "false"));
        assertThat(bundle("user").getState()).isEqualTo(Bundle.RESOLVED);
        applied(needed("1.0.2", "true"));

        assertThat(bundle("user").getState()).isEqualTo(Bundle.ACTIVE);
    }

    private static TestJar needed(String version, String works) {
        return Journal.bundle("needed", version)
                .header("Export-Package", "needed")
                .code("package needed; public class Needed { public static boolean works() { return " + works
                        + "; } }");
    }

    @Test
    void bundleThatStopsItselfWhileItStarts_isRefused_andLeavesNothing() throws Exception {
        applied(Journal.bundle("self", "1.0.0"));

        assertThat(failed(Journal.doing("self", "1.1.0", "context.getBundle().stop();", "")))
                .isEqualTo("Cannot start self 1.1.0: it has stopped itself while it started");

        assertThat(bundle("self").getVersion()).hasToString("1.0.0");
        assertThat(bundle("self").getState()).isEqualTo(Bundle.ACTIVE);
        applied(Journal.bundle("self", "1.2.0"));
    }

    @Test
    void failureToStopOldCode_isRememberedForThatCodeOnly() throws Exception {
        applied(Journal.doing(
                "old", "1.0.0", "", "if (Boolean.getBoolean(\"test.backend.down\")) throw new Exception(\"no\");"));
        System.setProperty("test.backend.down", "true");
        assertThat(failed(Journal.bundle("old", "1.1.0"))).contains("Cannot stop old 1.0.0");
        assertThatThrownBy(() -> failed(Journal.bundle("old", "1.1.0"))).hasMessageContaining("failed before");
        System.clearProperty("test.backend.down");
        applied(Journal.bundle("old", "1.0.5"));

        applied(Journal.bundle("old", "1.1.0"));
    }

    @Test
    void headThatEndsTheProcessAtEachBoot_isLeftAfterAFewTries() throws Exception {
        applied(Journal.bundle("good", "1.0.0"));
        mainstay.close();
        mainstay = Mainstay.open(properties);
        assertThat(commit(Journal.bundle("good", "2.0.0")).outcome()).isEqualTo(Result.COMMITTED);
        long head = mainstay.store().history().headNumber(channel());
        NodeRecord node = mainstay.store().nodes().all(channel()).get(0);
        died(node, head, 2);
        mainstay.start();
        assertThat(bundle("good").getVersion()).as("two deaths are no proof").hasToString("2.0.0");
        mainstay.close();

        mainstay = Mainstay.open(properties);
        assertThat(commit(Journal.bundle("good", "3.0.0")).outcome()).isEqualTo(Result.COMMITTED);
        died(node, mainstay.store().history().headNumber(channel()), 3);
        mainstay.start();

        assertThat(bundle("good").getVersion()).hasToString("2.0.0");
        assertThat(mainstay.store().history().head(channel()).orElseThrow().state())
                .isEqualTo(GenerationState.FAILED);
        assertThat(node().reason().orElseThrow()).contains("the process ended each of 3 times that it booted it");
    }

    /** Writes what a process leaves that is ended while it boots. */
    private void died(NodeRecord node, long generation, int attempts) {
        NodeReport report = NodeReport.EMPTY.after(null, new Booting(generation, attempts));
        mainstay.store()
                .nodes()
                .report(new NodeRecord(
                        node.name(),
                        "an incarnation that died",
                        node.channel(),
                        0,
                        NodeState.STARTING,
                        node.reason(),
                        report.toJson(),
                        node.silent()));
    }

    private static TestJar exporting(String name, String version, String packageVersion, String body) {
        return Journal.bundle(name, version)
                .header("Export-Package", "promised;version=" + packageVersion)
                .code("package promised; public interface Promise { " + body + " }");
    }

    @Test
    void promisesOfAPackage_goWithItToAnotherBundle() throws Exception {
        applied(exporting("one", "1.0.0", "1.0.0", "void a(); void b();"));
        Change renamed = Change.by("test")
                .add(exporting("two", "1.0.0", "1.0.0", "void a();").checked())
                .remove("one")
                .build();
        Change moved = Change.by("test")
                .add(exporting("two", "1.0.0", "1.0.0", "void a(); void b();").checked())
                .add(Journal.bundle("one", "1.0.1").checked())
                .build();
        Change beside = Change.by("test")
                .add(exporting("two", "1.0.0", "1.1.0", "void a();").checked())
                .build();
        Change older = Change.by("test")
                .add(exporting("two", "1.0.0", "0.9.0", "void c();").checked())
                .build();

        assertThat(mainstay.plan(renamed).breaks()).first().asString().contains("two 1.0.0 breaks package promised");
        assertThat(mainstay.plan(beside).breaks()).first().asString().contains("went to 1.1.0, not 2.0.0");
        assertThat(mainstay.plan(moved).breaks()).isEmpty();
        assertThat(mainstay.plan(older).breaks()).isEmpty();
        assertThat(List.of(mainstay.commit(renamed, new Deployer.Options(true, true, Progress.NONE))
                        .outcome()))
                .containsExactly(Result.APPLIED);
    }
}
