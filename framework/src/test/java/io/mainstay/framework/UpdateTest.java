package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.FrameworkWiring;

/** Changes of a running framework that go well. */
class UpdateTest extends FrameworkTest {
    private static final String RELEASE = "mainstay.test.release";
    private static final String UNTIL_RELEASED = "while (System.getProperty(\"" + RELEASE
            + "\") == null) java.util.concurrent.locks.LockSupport.parkNanos(1_000_000L);";

    private Bundle bundle(String name) {
        return mainstay.context().getBundle("mainstay:" + name);
    }

    private Object say(String name, String className) throws ReflectiveOperationException {
        return bundle(name).loadClass(className).getMethod("say").invoke(null);
    }

    private static TestJar consumer(String name, String of) {
        return Journal.bundle(name, "1.0.0", of)
                .seeing(Journal.api(of, "1.0.0"))
                .code("package " + name + "; public class User {" + " public static String say() { return " + of
                        + ".Api.say(); } }");
    }

    @Test
    void updatedProvider_isSeenByItsConsumer_andNobodyElseNotices() throws Exception {
        applied(Journal.api("lib", "1.0.0"), consumer("user", "lib"), Journal.bundle("bystander", "1.0.0"));
        assertThat(Journal.take()).containsExactly("start bystander 1.0.0", "start lib 1.0.0", "start user 1.0.0");
        assertThat(say("user", "user.User")).isEqualTo("lib 1.0.0");
        long id = bundle("lib").getBundleId();

        DeployResult result = applied(Journal.api("lib", "2.0.0"));

        assertThat(Journal.take())
                .containsExactly("stop user 1.0.0", "stop lib 1.0.0", "start lib 2.0.0", "start user 1.0.0");
        assertThat(say("user", "user.User")).isEqualTo("lib 2.0.0");
        assertThat(bundle("lib").getBundleId()).isEqualTo(id);
        assertThat(result.preview().reset())
                .extracting(member -> member.location())
                .containsExactly("mainstay:lib", "mainstay:user");
    }

    @Test
    void severalChanges_stopAndStartEachBundleOnce() throws Exception {
        applied(
                Journal.api("base", "1.0.0"),
                Journal.api("middle", "1.0.0", "base"),
                consumer("top", "middle"),
                Journal.bundle("odd", "1.0.0", "base", "middle"));
        Journal.take();

        applied(Journal.api("base", "2.0.0"), Journal.api("middle", "2.0.0", "base"), Journal.bundle("fresh", "1.0.0"));

        List<String> lines = Journal.take();
        assertThat(lines).doesNotHaveDuplicates().hasSize(9);
        assertThat(lines.subList(0, 4))
                .containsExactlyInAnyOrder("stop top 1.0.0", "stop odd 1.0.0", "stop middle 1.0.0", "stop base 1.0.0")
                .containsSubsequence("stop top 1.0.0", "stop middle 1.0.0", "stop base 1.0.0");
        assertThat(lines).containsSubsequence("start base 2.0.0", "start middle 2.0.0", "start top 1.0.0");
        assertThat(say("top", "top.User")).isEqualTo("middle 2.0.0");
    }

    @Test
    void bundlesStart_byLevel_thenProvidersFirst() throws Exception {
        applied(Change.by("test")
                .add(Journal.bundle("a", "1.0.0", "z").checked(), 5)
                .add(Journal.api("z", "1.0.0").checked(), 5)
                .add(Journal.bundle("m", "1.0.0", "z").checked(), 3)
                .add(Journal.bundle("b", "1.0.0").checked(), 5)
                .add(Journal.bundle("q", "1.0.0").checked(), 1));

        assertThat(Journal.take())
                .containsExactly("start q 1.0.0", "start m 1.0.0", "start z 1.0.0", "start a 1.0.0", "start b 1.0.0");
        assertThat(bundle("a").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void changedStartLevel_takesEffectWithoutAReset() throws Exception {
        applied(Journal.bundle("level", "1.0.0"));
        Journal.take();

        applied(Change.by("test").add(Journal.bundle("level", "1.0.0").checked(), 7));

        assertThat(Journal.take()).isEmpty();

        assertThat(bundle("level").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("level")
                        .adapt(org.osgi.framework.startlevel.BundleStartLevel.class)
                        .getStartLevel())
                .isEqualTo(7);
    }

    @Test
    void updateLocation_doesNotLeadAstray() throws Exception {
        applied(Journal.api("lib", "1.0.0").header("Bundle-UpdateLocation", "file:///nowhere/lib.jar"));
        for (int i = 2; i < 5; i++) {
            applied(Journal.api("lib", i + ".0.0").header("Bundle-UpdateLocation", "file:///nowhere/lib.jar"));
            assertThat(say("lib", "lib.Api")).isEqualTo("lib " + i + ".0.0");
            refresh();
            assertThat(say("lib", "lib.Api")).isEqualTo("lib " + i + ".0.0");
        }
        applied(Journal.api("lib", "5.0.0"));
        refresh();
        assertThat(say("lib", "lib.Api")).isEqualTo("lib 5.0.0");
    }

    @Test
    void updateLocationOfAWholeVendor_doesNotMixUpItsBundles() throws Exception {
        String site = "http://vendor.invalid/updates";
        applied(
                Journal.api("one", "1.0.0").header("Bundle-UpdateLocation", site),
                Journal.api("two", "1.0.0").header("Bundle-UpdateLocation", site),
                consumer("user", "one"),
                consumer("other", "two"));

        applied(
                Journal.api("one", "2.0.0").header("Bundle-UpdateLocation", site),
                Journal.api("two", "2.0.0").header("Bundle-UpdateLocation", site));
        refresh();

        assertThat(say("one", "one.Api")).isEqualTo("one 2.0.0");
        assertThat(say("two", "two.Api")).isEqualTo("two 2.0.0");
        assertThat(say("user", "user.User")).isEqualTo("one 2.0.0");
        assertThat(say("other", "other.User")).isEqualTo("two 2.0.0");
    }

    private void refresh() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        List<Bundle> all = new ArrayList<>(List.of(mainstay.context().getBundles()));
        all.remove(mainstay.context().getBundle());
        mainstay.context().getBundle().adapt(FrameworkWiring.class).refreshBundles(all, event -> done.countDown());
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void addedBundleThatNobodyImports_isNoEventForOthers() throws Exception {
        applied(Journal.api("lib", "1.0.0"), consumer("user", "lib"));
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        mainstay.context().addBundleListener((SynchronousBundleListener)
                event -> events.add("bundle " + event.getBundle().getSymbolicName()));
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(
                "service of " + event.getServiceReference().getBundle().getSymbolicName()));
        mainstay.context().addFrameworkListener(event -> events.add("framework event " + event.getType()));

        applied(Journal.doing(
                "fresh", "1.0.0", "context.registerService(Runnable.class, (Runnable) () -> {}, null);", ""));

        assertThat(events).contains("bundle fresh", "service of fresh");
        assertThat(events).allSatisfy(event -> assertThat(event).endsWith(" fresh"));
    }

    @Test
    void removedBundle_isGone_andItsOptionalUserGoesOnWithoutIt() throws Exception {
        applied(
                Journal.api("lib", "1.0.0"),
                Journal.bundle("user", "1.0.0", "lib;resolution:=optional"),
                Journal.bundle("bystander", "1.0.0"));
        Journal.take();

        applied(Change.by("test").remove("lib"));

        assertThat(bundle("lib")).isNull();
        assertThat(Journal.take()).containsExactly("stop user 1.0.0", "stop lib 1.0.0", "start user 1.0.0");
    }

    @Test
    void removedBundles_stopUsersFirst() throws Exception {
        applied(Journal.api("a", "1.0.0"), Journal.api("b", "1.0.0", "a"), Journal.bundle("c", "1.0.0", "b"));
        Journal.take();

        applied(Change.by("test").remove("a").remove("b").remove("c"));

        assertThat(Journal.take()).containsExactly("stop c 1.0.0", "stop b 1.0.0", "stop a 1.0.0");
    }

    @Test
    void bundleStoppedByHand_staysStopped_untilItIsUpdated() throws Exception {
        applied(Journal.api("lib", "1.0.0"), consumer("user", "lib"), consumer("stopped", "lib"));
        bundle("stopped").stop();
        Journal.take();

        applied(Journal.api("lib", "2.0.0"));

        assertThat(bundle("stopped").getState()).isEqualTo(Bundle.RESOLVED);
        assertThat(Journal.take()).noneMatch(line -> line.contains("stopped"));
        applied(consumer("stopped", "lib").header("Bundle-Version", "1.0.1"));
        assertThat(bundle("stopped").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void addedFragment_resetsItsHostOnly() throws Exception {
        applied(Journal.bundle("host", "1.0.0"), Journal.api("other", "1.0.0"), consumer("user", "other"));
        Journal.take();

        applied(TestJar.fragment("host.part", "host").entry("part.txt", "part"));

        assertThat(Journal.take()).containsExactly("stop host 1.0.0", "start host 1.0.0");
        assertThat(bundle("host").getResource("part.txt")).isNotNull();

        applied(Change.by("test").remove("host.part"));

        assertThat(Journal.take()).containsExactly("stop host 1.0.0", "start host 1.0.0");
        assertThat(bundle("host").getResource("part.txt")).isNull();
    }

    @Test
    void lazyBundle_waitsAgainAfterAReset() throws Exception {
        applied(Journal.api("lib", "1.0.0"), consumer("user", "lib").header("Bundle-ActivationPolicy", "lazy"));
        assertThat(bundle("user").getState()).isEqualTo(Bundle.STARTING);
        say("user", "user.User");
        assertThat(bundle("user").getState()).isEqualTo(Bundle.ACTIVE);

        applied(Journal.api("lib", "2.0.0"));

        assertThat(bundle("user").getState()).isEqualTo(Bundle.STARTING);
        assertThat(say("user", "user.User")).isEqualTo("lib 2.0.0");
    }

    @Test
    void bundleThatThrowsWhenItStops_isUpdatedAllTheSame_ifItIsForced() throws Exception {
        applied(Journal.doing("grumpy", "1.0.0", "", "throw new IllegalStateException(\"will not stop\");"));
        Journal.take();

        DeployResult result = mainstay.commit(
                Change.by("test")
                        .add(Journal.bundle("grumpy", "2.0.0").checked())
                        .build(),
                new Deployer.Options(true, true, Progress.NONE));

        assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.APPLIED);
        assertThat(Journal.take()).containsExactly("stop grumpy 1.0.0", "start grumpy 2.0.0");
    }

    @Test
    void slowChange_doesNotSilenceTheNode() throws Exception {
        System.clearProperty(RELEASE);
        TestJar slow = Journal.doing("slow", "1.0.0", UNTIL_RELEASED, "");
        CompletableFuture<DeployResult> result = CompletableFuture.supplyAsync(() -> {
            try {
                return mainstay.commit("Slow", slow.checked());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            boolean heardOf = false;
            Duration before = Duration.ZERO;
            for (int i = 0; i < 100 && !heardOf; i++) {
                NodeRecord node = mainstay.store().nodes().all(channel()).get(0);
                heardOf = node.state() == NodeState.APPLYING && node.silent().compareTo(before) < 0;
                before = node.silent();
                Thread.sleep(100); // the node speaks every few seconds
            }
            assertThat(heardOf).isTrue();
        } finally {
            System.setProperty(RELEASE, "");
        }
        assertThat(result.get(10, TimeUnit.SECONDS).outcome()).isEqualTo(Result.APPLIED);
    }

    @Test
    void foundService_isHeldUntilTheFrameworkStops() throws Exception {
        applied(Journal.doing("maker", "1.0.0", "context.registerService(Runnable.class, new maker.Maker(), null);", "")
                .code("package maker; public class Maker implements org.osgi.framework.ServiceFactory<Runnable> {"
                        + " public Runnable getService(org.osgi.framework.Bundle user,"
                        + "   org.osgi.framework.ServiceRegistration<Runnable> mine) {"
                        + "  " + Journal.class.getName() + ".note(\"made\"); return () -> {}; }"
                        + " public void ungetService(org.osgi.framework.Bundle user,"
                        + "   org.osgi.framework.ServiceRegistration<Runnable> mine, Runnable service) {"
                        + "  " + Journal.class.getName() + ".note(\"unmade\"); } }"));
        Journal.take();

        Runnable first = mainstay.find(Runnable.class, Duration.ofSeconds(5)).orElseThrow();
        Runnable second = mainstay.find(Runnable.class, Duration.ZERO).orElseThrow();

        assertThat(first).isSameAs(second);
        assertThat(Journal.take()).containsExactly("made");
        assertThat(mainstay.find(StringBuilder.class, Duration.ofNanos(1))).isEmpty();
    }

    @Test
    void commitOfTheSame_changesNothing() throws Exception {
        applied(Journal.bundle("same", "1.0.0"));
        Journal.take();

        DeployResult again =
                mainstay.commit("Again", Journal.bundle("same", "1.0.0").checked());

        assertThat(again.outcome()).isEqualTo(Result.UNCHANGED);
        assertThat(again.generation()).isEmpty();
        assertThat(Journal.take()).isEmpty();
    }
}
