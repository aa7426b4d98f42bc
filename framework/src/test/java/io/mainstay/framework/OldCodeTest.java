package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Holding;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.HeldCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replaced code that somebody holds is found, and so is who holds it. */
@Timeout(120)
class OldCodeTest extends FrameworkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String HOLDING = Holding.class.getName();

    /** A field, so that the compiler does not leave it out. */
    private volatile byte[] garbage;

    private final CountDownLatch ended = new CountDownLatch(1);

    OldCodeTest() {
        properties.put(Settings.OLD_CODE_LIMIT, "1");
    }

    @AfterEach
    void letGo() {
        ended.countDown();
        Holding.THINGS.clear();
    }

    private List<HeldCode> held() {
        return new LiveNodes(mainstay.store(), channel())
                .alive().stream()
                        .flatMap(node -> NodeReport.of(node.report()).held().stream())
                        .toList();
    }

    private Map<String, HeldCode> await(Predicate<List<HeldCode>> enough) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        List<HeldCode> held = held();
        while (!enough.test(held) && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(100);
            held = held();
        }
        return held.stream().collect(Collectors.toMap(HeldCode::bundle, code -> code));
    }

    /** A bundle that leaves an object of its own somewhere when it starts, in its first version only. */
    private static TestJar leaving(String name, String version, String where, String... imports) {
        return Journal.doing(name, version, version.equals("1.0.0") ? where : "", "", imports)
                .code("package " + name + "; public class Thing implements Runnable,"
                        + " org.osgi.framework.BundleListener {"
                        + " public void run() { try { Thread.sleep(600_000); } catch (InterruptedException e) { } }"
                        + " public void bundleChanged(org.osgi.framework.BundleEvent e) { } }");
    }

    private static TestJar cache(String version) {
        return Journal.bundle("cache", version)
                .header("Export-Package", "cache")
                .code("package cache; public class Cache {"
                        + " public static final java.util.Map<String, Object> ALL = new java.util.HashMap<>(); }");
    }

    @Test
    void holders_areNamed_andForgottenWhenTheyLetGo() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor(work -> new Thread(work, "the host's pool"));
        try {
            applied(
                    cache("1.0.0"),
                    leaving("host", "1.0.0", HOLDING + ".THINGS.add(new host.Thing());"),
                    leaving("other", "1.0.0", "cache.Cache.ALL.put(\"x\", new other.Thing());", "cache")
                            .seeing(cache("1.0.0")),
                    leaving("runner", "1.0.0", "new Thread(new runner.Thing(), \"its own thread\").start();"),
                    leaving(
                            "listener",
                            "1.0.0",
                            "context.getBundle(0).getBundleContext().addBundleListener(new listener.Thing());"),
                    leaving("hook", "1.0.0", "Runtime.getRuntime().addShutdownHook(new Thread(new hook.Hook()));")
                            .code("package hook; public class Hook implements Runnable { public void run() { } }"),
                    leaving("local", "1.0.0", ""),
                    leaving("clean", "1.0.0", ""));
            Class<?> local = mainstay.context().getBundle("mainstay:local").loadClass("local.Thing");
            Object thing = local.getConstructor().newInstance();
            pool.submit(() -> Holding.OF_THREAD.set(thing)).get();

            applied(
                    leaving("host", "1.1.0", ""),
                    leaving("other", "1.1.0", "", "cache"),
                    leaving("runner", "1.1.0", ""),
                    leaving("listener", "1.1.0", ""),
                    leaving("hook", "1.1.0", ""),
                    leaving("local", "1.1.0", ""),
                    leaving("clean", "1.1.0", ""));

            Map<String, HeldCode> held = await(list -> list.size() >= 6);
            assertThat(held.keySet())
                    .containsExactlyInAnyOrder(
                            "host 1.0.0", "other 1.0.0", "runner 1.0.0", "listener 1.0.0", "hook 1.0.0", "local 1.0.0");
            assertThat(held.get("host 1.0.0").holder())
                    .isEqualTo("static field " + HOLDING + ".THINGS, holds an object of host.Thing");
            assertThat(held.get("other 1.0.0").holder())
                    .isEqualTo("static field cache.Cache.ALL of cache 1.0.0, holds an object of other.Thing");
            assertThat(held.get("runner 1.0.0").holder())
                    .isEqualTo("thread 'its own thread', which runs it, holds an object of runner.Thing");
            assertThat(held.get("listener 1.0.0").holder())
                    .startsWith("a listener that the framework has registered")
                    .endsWith("holds an object of listener.Thing");
            assertThat(held.get("hook 1.0.0").holder())
                    .startsWith("static field java.lang.ApplicationShutdownHooks.hooks");
            assertThat(held.get("local 1.0.0").holder())
                    .isEqualTo("a thread-local variable of thread 'the host's pool', holds an object of local.Thing");
            assertThat(held.values()).allSatisfy(code -> {
                assertThat(code.generation()).isEqualTo(generation() - 1);
                assertThat(Instant.parse(code.since())).isBetween(Instant.now().minusSeconds(60), Instant.now());
            });

            Holding.THINGS.clear();
            assertThat(await(list ->
                            list.stream().noneMatch(code -> code.bundle().startsWith("host"))))
                    .doesNotContainKey("host 1.0.0")
                    .containsKey("local 1.0.0");
        } finally {
            pool.shutdownNow();
            pool.awaitTermination(10, TimeUnit.SECONDS);
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("its own thread"))
                    .forEach(Thread::interrupt);
        }
    }

    /** Most collections let classes be. */
    @Test
    void codeThatNobodyHolds_isNotToldBeforeClassesAreCollected() throws Exception {
        applied(leaving("clean", "1.0.0", ""));
        applied(leaving("clean", "1.1.0", ""));

        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        while (System.nanoTime() < end) {
            for (int i = 0; i < 20_000; i++) {
                garbage = new byte[10_000];
            }
            Thread.sleep(20);
            assertThat(held()).isEmpty();
        }
    }

    private long generation() {
        return mainstay.store().history().headNumber(channel());
    }

    @Test
    void localVariable_isFoundOnTheStack_onceTheCollectorHasComeBy() throws Exception {
        TestJar first = Journal.bundle("worker", "1.0.0")
                .code("package worker; public class Worker { public static void work(Runnable wait) {"
                        + " Object kept = new Worker(); wait.run(); kept.hashCode(); } }");
        applied(first);
        Class<?> worker = mainstay.context().getBundle("mainstay:worker").loadClass("worker.Worker");
        CountDownLatch within = new CountDownLatch(1);
        var work = java.lang.invoke.MethodHandles.publicLookup()
                .findStatic(worker, "work", java.lang.invoke.MethodType.methodType(void.class, Runnable.class));
        worker = null;
        Thread thread = start(work, within);
        work = null;
        within.await();

        applied(Journal.bundle("worker", "1.1.0"));

        Map<String, HeldCode> held = await(list -> !list.isEmpty());
        assertThat(held).containsOnlyKeys("worker 1.0.0");
        assertThat(held.get("worker 1.0.0").holder()).contains("a thread in the middle of it", "worker.Worker.work");
        ended.countDown();
        thread.join();
        assertThat(await(List::isEmpty)).isEmpty();
    }

    private Thread start(java.lang.invoke.MethodHandle work, CountDownLatch within) {
        java.lang.invoke.MethodHandle[] once = {work};
        Thread thread = new Thread(
                () -> {
                    java.lang.invoke.MethodHandle mine = once[0];
                    once[0] = null;
                    try {
                        mine.invoke((Runnable) () -> {
                            within.countDown();
                            try {
                                ended.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
                    } catch (Throwable e) {
                        throw new IllegalStateException(e);
                    }
                },
                "a thread in the middle of it");
        thread.start();
        return thread;
    }
}
