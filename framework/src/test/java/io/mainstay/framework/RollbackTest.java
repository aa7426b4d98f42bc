package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.store.GenerationState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;

/** Changes of a running framework that fail: everything is as it was. */
@Timeout(60)
class RollbackTest extends FrameworkTest {
    private static final String RELEASE = "mainstay.test.release";
    private static final String UNTIL_RELEASED = "while (System.getProperty(\"" + RELEASE
            + "\") == null) java.util.concurrent.locks.LockSupport.parkNanos(1_000_000L);";
    private static final String UNTIL_INTERRUPTED = "new java.util.concurrent.CountDownLatch(1).await();";
    private static final String UNTIL_INTERRUPTED_ONCE = "if (System.getProperty(\"" + RELEASE
            + "\") == null) { System.setProperty(\"" + RELEASE + "\", \"\"); " + UNTIL_INTERRUPTED + " }";

    RollbackTest() {
        properties.put(Settings.STEP_LIMIT, "1");
        System.clearProperty(RELEASE);
    }

    @AfterEach
    void releaseAll() {
        System.setProperty(RELEASE, "");
    }

    /** Commits what is there before, tries a change that fails, and requires that nothing else is different. */
    private String fail(TestJar... jars) throws Exception {
        return fail(change(jars));
    }

    private String fail(Change.Builder change) throws Exception {
        Map<String, String> before = whatRuns();
        long head = mainstay.store().history().headNumber(channel());

        DeployResult result = mainstay.commit(change.build());

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.generation().orElseThrow().state()).isEqualTo(GenerationState.FAILED);
        assertThat(whatRuns()).isEqualTo(before);
        assertThat(mainstay.store().history().headNumber(channel())).isEqualTo(head);
        return result.cause().orElseThrow();
    }

    private Map<String, String> whatRuns() {
        Map<String, String> bundles = new TreeMap<>();
        for (Bundle bundle : mainstay.context().getBundles()) {
            bundles.put(bundle.getLocation(), bundle.getVersion() + " in state " + bundle.getState());
        }
        return bundles;
    }

    private Object say(String name, String className) throws ReflectiveOperationException {
        return mainstay.context()
                .getBundle("mainstay:" + name)
                .loadClass(className)
                .getMethod("say")
                .invoke(null);
    }

    private static TestJar user(String of) {
        return Journal.bundle("user", "1.0.0", of)
                .seeing(Journal.api("lib", "1.0.0"))
                .code("package user; public class User { public static String say() {"
                        + " try { return lib.Api.say(); } catch (NoClassDefFoundError e) { return \"none\"; } } }");
    }

    private static TestJar failing(String version, String start) {
        return Journal.doing("lib", version, start, "")
                .header("Export-Package", "lib")
                .code("package lib; public class Api { public static String say() { return \"lib " + version
                        + "\"; } }");
    }

    @Test
    void failingActivator_bringsTheOldContentBack() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"), Journal.bundle("bystander", "1.0.0"));
        Journal.take();

        String cause = fail(failing("2.0.0", "if (true) throw new IllegalStateException(\"no database\");"));

        assertThat(cause).isEqualTo("Cannot start lib 2.0.0: java.lang.IllegalStateException: no database");
        assertThat(Journal.take())
                .containsExactly(
                        "stop user 1.0.0", "stop lib 1.0.0", "start lib 2.0.0", "start lib 1.0.0", "start user 1.0.0");
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
    }

    @Test
    void errorInAnActivator_bringsTheOldContentBack() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"));

        assertThat(fail(failing("2.0.0", "if (true) throw new NoClassDefFoundError(\"gone/Gone\");")))
                .isEqualTo("Cannot start lib 2.0.0: java.lang.NoClassDefFoundError: gone/Gone");
        assertThat(fail(failing("3.0.0", "if (true) throw new StackOverflowError();")))
                .isEqualTo("Cannot start lib 3.0.0: java.lang.StackOverflowError");
        assertThat(fail(failing("4.0.0", "if (true) throw new OutOfMemoryError(\"not really\");")))
                .contains("OutOfMemoryError");
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
    }

    @Test
    void missingActivatorClass_bringsTheOldContentBack() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"));

        assertThat(fail(Journal.api("lib", "2.0.0").header("Bundle-Activator", "lib.not.There")))
                .contains("lib 2.0.0", "lib.not.There");
    }

    @Test
    void hangingStart_isGivenUp_andItsThreadIsNamed() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"), Journal.bundle("bystander", "1.0.0"));
        Journal.take();

        String cause = fail(failing("2.0.0", UNTIL_INTERRUPTED));

        assertThat(cause)
                .startsWith(
                        "Cannot start lib 2.0.0: it did not end within 1 s; thread 'mainstay: start lib 2.0.0' was at")
                .contains("CountDownLatch.await");
        assertThat(Journal.take()).endsWith("start lib 1.0.0", "start user 1.0.0");
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
        applied(Journal.api("lib", "3.0.0"));
        assertThat(say("user", "user.User")).isEqualTo("lib 3.0.0");
    }

    @Test
    void startThatHangsForGood_costsItsOwnBundleOnly() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"), Journal.bundle("bystander", "1.0.0"));
        Map<String, String> before = whatRuns();

        DeployResult result = commit(Journal.doing("stuck", "1.0.0", UNTIL_RELEASED, ""), Journal.api("lib", "2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow())
                .startsWith(
                        "Cannot start stuck 1.0.0: it did not end within 1 s; thread 'mainstay: start stuck 1.0.0'");
        assertThat(whatRuns()).containsAllEntriesOf(before);
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
    }

    @Test
    void updateThatHangsForGood_doesNotFreezeTheFramework() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"), Journal.api("other", "1.0.0"));

        DeployResult result = commit(failing("2.0.0", UNTIL_RELEASED), Journal.api("other", "2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow()).startsWith("Cannot start lib 2.0.0: it did not end within 1 s");
        assertThat(say("other", "other.Api")).isEqualTo("other 1.0.0");
        Bundle other = mainstay.context().getBundle("mainstay:other");
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            other.stop();
            other.start();
        });
        assertThatThrownBy(() -> commit(Journal.bundle("fresh", "1.0.0")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("is stuck");
    }

    @Test
    void frameworkWithABundleThatHangsForGood_isClosedAllTheSame() throws Exception {
        applied(Journal.bundle("bystander", "1.0.0"));
        commit(Journal.doing("stuck", "1.0.0", UNTIL_RELEASED, ""));

        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(mainstay::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("does not stop"));
        assertThatThrownBy(() -> mainstay.store().history().headNumber(channel()))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void hangingStop_isGivenUp_andTheBundleRunsOn() throws Exception {
        applied(
                Journal.doing("lib", "1.0.0", "", UNTIL_INTERRUPTED_ONCE)
                        .header("Export-Package", "lib")
                        .code("package lib; public class Api {"
                                + " public static String say() { return \"lib 1.0.0\"; } }"),
                user("lib"));

        assertThat(fail(Journal.api("lib", "2.0.0"))).startsWith("Cannot stop lib 1.0.0: it did not end within 1 s");
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
    }

    @Test
    void addedBundles_areGoneAgain_ifOneOfThemFails() throws Exception {
        applied(Journal.bundle("bystander", "1.0.0"));

        fail(
                Journal.api("lib", "1.0.0"),
                user("lib"),
                Journal.doing("zzz", "1.0.0", "if (true) throw new Exception(\"no\");", ""));

        assertThat(whatRuns()).doesNotContainKeys("mainstay:lib", "mainstay:user", "mainstay:zzz");
    }

    @Test
    void removedProvider_isBackInItsOptionalUser_ifTheChangeFails() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib;resolution:=optional"));
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");

        fail(change(Journal.doing("zzz", "1.0.0", "if (true) throw new Exception(\"no\");", ""))
                .remove("lib"));

        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
        assertThat(mainstay.context().getBundle("mainstay:user").loadClass("lib.Api"))
                .isSameAs(mainstay.context().getBundle("mainstay:lib").loadClass("lib.Api"));
    }

    @Test
    void addedFragment_isOffItsHostAgain_ifTheChangeFails() throws Exception {
        applied(Journal.bundle("host", "1.0.0"));

        fail(
                TestJar.fragment("host.part", "host").entry("part.txt", "part"),
                Journal.doing("zzz", "1.0.0", "if (true) throw new Exception(\"no\");", ""));

        assertThat(mainstay.context().getBundle("mainstay:host").getResource("part.txt"))
                .isNull();
    }

    @Test
    void bundleStoppedByHand_staysStopped_ifTheChangeFails() throws Exception {
        applied(Journal.api("lib", "1.0.0"), user("lib"));
        mainstay.context().getBundle("mainstay:user").stop();
        Journal.take();

        fail(failing("2.0.0", "if (true) throw new IllegalStateException(\"no\");"));

        assertThat(Journal.take()).doesNotContain("start user 1.0.0");
    }

    @Test
    void startLevels_areBack_ifTheChangeFails() throws Exception {
        applied(Journal.bundle("level", "1.0.0"));

        fail(change(Journal.doing("zzz", "1.0.0", "if (true) throw new Exception(\"no\");", ""))
                .add(Journal.bundle("level", "1.0.0").checked(), 9));

        assertThat(mainstay.context()
                        .getBundle("mainstay:level")
                        .adapt(org.osgi.framework.startlevel.BundleStartLevel.class)
                        .getStartLevel())
                .isEqualTo(1);
    }

    @Test
    void bundleThatStopsAnother_failsTheChange() throws Exception {
        applied(Journal.bundle("victim", "1.0.0"));

        String cause = fail(Journal.doing(
                "bully",
                "1.0.0",
                "for (org.osgi.framework.Bundle other : context.getBundles())"
                        + " if (other.getSymbolicName().equals(\"victim\")) other.stop();",
                ""));

        assertThat(cause).isEqualTo("victim 1.0.0 should be active after the change, and is not");
    }

    @Test
    void stateThatFailed_isNotTriedAgain() throws Exception {
        applied(Journal.api("lib", "1.0.0"));
        fail(failing("2.0.0", "if (true) throw new IllegalStateException(\"no\");"));

        assertThatThrownBy(() -> commit(failing("2.0.0", "if (true) throw new IllegalStateException(\"no\");")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("failed before")
                .hasMessageContaining("IllegalStateException: no");
        assertThat(List.of(mainstay.store().history().proposals(channel()))).containsExactly(List.of());
    }
}
