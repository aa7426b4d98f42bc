package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A change whose own bundles wait for threads that call what it holds: nobody waits for himself. */
@Timeout(120)
class StandstillTest extends FrameworkTest {
    /** What callers would wait for in vain: far more than a change may take here. */
    private static final long PATIENCE_MILLIS = 20_000;

    private static final String GET = "java.util.function.Supplier<?> service = (java.util.function.Supplier<?>)"
            + " context.getService(context.getServiceReference(java.util.function.Supplier.class));";

    private final AtomicLong longest = new AtomicLong();

    StandstillTest() {
        properties.put(Settings.CALL_PATIENCE, String.valueOf(PATIENCE_MILLIS));
    }

    private static TestJar provider(String version) {
        return provider(version, "", "");
    }

    private static TestJar provider(String version, String begin, String end) {
        return Journal.doing(
                "prov",
                version,
                begin + "context.registerService(java.util.function.Supplier.class, () -> \"" + version + "\", null);",
                end);
    }

    private static String note(String expression) {
        return Journal.class.getName() + ".note(" + expression + ");";
    }

    @SuppressWarnings("unchecked")
    private Supplier<String> service() {
        return mainstay.context().getService(mainstay.context().getServiceReference(Supplier.class));
    }

    /** Calls as somebody else does, through a change; none of these calls may fail. */
    private DeployResult underCalls(TestJar... jars) throws Exception {
        Supplier<String> service = service();
        Callers callers = Callers.start(1, () -> {
            long begin = System.nanoTime();
            service.get();
            longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
        });
        while (callers.calls() < 10) {
            Thread.onSpinWait();
        }
        DeployResult result = commit(jars);
        assertThat(callers.end()).isEmpty();
        assertThat(TimeUnit.NANOSECONDS.toMillis(longest.get())).isLessThan(PATIENCE_MILLIS / 2);
        return result;
    }

    private static TestJar polling(String version) {
        return Journal.doing(
                        "user",
                        version,
                        GET
                                + " user.Poll.thread = new Thread(() -> { while (!user.Poll.ended) try { service.get(); } catch (Exception e) { "
                                + note("\"poll failed: \" + e") + " } }); user.Poll.thread.start();",
                        "user.Poll.ended = true; user.Poll.thread.join();")
                .code(
                        "package user; public class Poll { public static volatile boolean ended; public static Thread thread; }");
    }

    @Test
    void stopThatJoinsItsOwnCaller_ends() throws Exception {
        applied(provider("1.0.0"));
        applied(polling("1.0.0"));

        requireApplied(underCalls(provider("1.1.0"), polling("1.1.0")));

        assertThat(Journal.take()).noneMatch(line -> line.startsWith("poll failed"));
    }

    private static TestJar flushing(String version) {
        return Journal.doing(
                        "user",
                        version,
                        GET
                                + " user.Flush.service = service; user.Flush.pool = java.util.concurrent.Executors.newSingleThreadExecutor();"
                                + " user.Flush.pool.submit(() -> service.get()).get();",
                        "try { user.Flush.pool.submit(() -> user.Flush.service.get()).get(); " + note("\"flushed\"")
                                + " } finally { user.Flush.pool.shutdown(); }")
                .code("package user; public class Flush { public static java.util.function.Supplier<?> service;"
                        + " public static java.util.concurrent.ExecutorService pool; }");
    }

    @Test
    void stopThatFlushesOnAnotherThread_ends() throws Exception {
        applied(provider("1.0.0"));
        applied(flushing("1.0.0"));

        requireApplied(underCalls(provider("1.1.0"), flushing("1.1.0")));

        assertThat(Journal.take()).contains("flushed");
    }

    private static TestJar parallel(String version) {
        return Journal.doing(
                "user",
                version,
                GET
                        + note("\"got \" + java.util.stream.IntStream.range(0, 64).parallel()"
                                + ".mapToObj(i -> { try { Thread.sleep(1); } catch (InterruptedException e) { } return service.get(); })"
                                + ".distinct().toList()"),
                "");
    }

    @Test
    void startThatCallsInParallel_ends() throws Exception {
        applied(provider("1.0.0"));
        applied(parallel("1.0.0"));
        Journal.take();

        requireApplied(underCalls(provider("1.1.0"), parallel("1.1.0")));

        assertThat(Journal.take()).contains("got [1.1.0]");
    }

    /** A lock of others is held by a caller that waits for the provider, whose start needs the lock. */
    @Test
    void startThatNeedsALock_ofACallerThatIsHeld_ends() throws Exception {
        String begin = "synchronized (java.util.function.Supplier.class) { }";
        applied(provider("1.0.0", begin, ""));
        Supplier<String> service = service();
        List<Throwable> failures;
        Callers callers = Callers.start(1, () -> {
            synchronized (Supplier.class) {
                service.get();
            }
        });
        while (callers.calls() < 10) {
            Thread.onSpinWait();
        }

        DeployResult result = commit(provider("1.1.0", begin, ""));
        failures = callers.end();

        requireApplied(result);
        assertThat(failures)
                .allMatch(failure -> failure.getMessage().contains("which waits for the thread that calls"));
        assertThat(service.get()).isEqualTo("1.1.0");
    }

    /** As an event dispatcher of another bundle does, which a bundle waits for when it stops. */
    @Test
    void stopThatWaitsForSomebodyElsesThread_ends() throws Exception {
        ExecutorService dispatcher = Executors.newSingleThreadExecutor();
        try {
            String register = "context.registerService(java.util.concurrent.Callable.class, () -> \"told\", null);";
            String end =
                    "context.getService(context.getServiceReference(java.util.function.LongSupplier.class)).getAsLong();";
            applied(Journal.doing("listener", "1.0.0", register, end));
            Callable<?> listener =
                    mainstay.context().getService(mainstay.context().getServiceReference(Callable.class));
            LongSupplier waiting = () -> waitFor(dispatcher.submit(listener));
            mainstay.context().registerService(LongSupplier.class, waiting, null);

            long begun = System.nanoTime();
            DeployResult result = commit(Journal.doing("listener", "1.1.0", register, end));

            requireApplied(result);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isLessThan(PATIENCE_MILLIS / 2);
        } finally {
            dispatcher.shutdownNow();
        }
    }

    private static long waitFor(Future<?> future) {
        try {
            future.get();
            return 0;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whoever is let through while calls are drained is waited for as all others are: nobody runs on in code that was stopped. */
    @Test
    void callsThatAreLetThroughADrain_areDrainedAsWell() throws Exception {
        applied(lasting("1.0.0"));
        applied(pollingThrice("1.0.0"));
        Journal.take();
        Supplier<String> service = service();
        Thread outsider = new Thread(service::get, "long");
        outsider.start();
        while (Journal.take().stream().noneMatch("begins in long"::equals)) {
            Thread.onSpinWait();
        }

        DeployResult result = commit(lasting("1.1.0"), pollingThrice("1.1.0"));
        outsider.join();

        requireApplied(result);
        assertThat(Journal.take()).noneMatch(line -> line.startsWith("goes on in stopped code"));
    }

    /** A call of a thread called "long" takes a second and a half, of others a third of one; it waits, as for another thread. */
    private static TestJar lasting(String version) {
        return Journal.doing(
                        "prov",
                        version,
                        "context.registerService(java.util.function.Supplier.class, new prov.Lasting(), null);",
                        "prov.Lasting.stopped = true; Thread.sleep(500);")
                .code("package prov; public class Lasting implements java.util.function.Supplier<String> {"
                        + " public static volatile boolean stopped;"
                        + " public String get() { String name = Thread.currentThread().getName();"
                        + " if (name.equals(\"long\")) { " + note("\"begins in \" + name") + " }"
                        + " try { if (name.equals(\"long\")) new java.util.concurrent.CountDownLatch(1)"
                        + ".await(1500, java.util.concurrent.TimeUnit.MILLISECONDS); else Thread.sleep(300); }"
                        + " catch (InterruptedException e) { }"
                        + " if (stopped) { " + note("\"goes on in stopped code: \" + name") + " } return name; } }");
    }

    private static TestJar pollingThrice(String version) {
        return Journal.doing(
                        "user",
                        version,
                        GET
                                + " for (int i = 0; i < 3; i++) { Thread thread = new Thread(() -> { while (!user.Poll.ended) try { service.get(); }"
                                + " catch (org.osgi.framework.ServiceException e) { } }); thread.setDaemon(true); thread.start(); }",
                        "user.Poll.ended = true;")
                .code("package user; public class Poll { public static volatile boolean ended; }");
    }

    /** Negative control: who only takes time is waited for, and nobody gets to what is being stopped. */
    @Test
    void stopAndStartThatTakeTheirTime_failNobody() throws Exception {
        applied(slow("1.0.0"));

        DeployResult result = underCalls(slow("1.1.0"));

        requireApplied(result);
        assertThat(Journal.take()).noneMatch(line -> line.startsWith("called while it stops"));
        assertThat(TimeUnit.NANOSECONDS.toMillis(longest.get())).isGreaterThan(1400);
        assertThat(result.outcome()).isEqualTo(Result.APPLIED);
    }

    /** Negative control: a pool that ends in its own time needs nobody who calls from outside. */
    @Test
    void stopThatLetsItsPoolEnd_failsNobody() throws Exception {
        applied(pooled("1.0.0"));

        requireApplied(underCalls(pooled("1.1.0")));

        assertThat(TimeUnit.NANOSECONDS.toMillis(longest.get())).isGreaterThan(1000);
    }

    private static TestJar pooled(String version) {
        return Journal.doing(
                        "prov",
                        version,
                        "context.registerService(java.util.function.Supplier.class, new prov.Pooled(), null);",
                        "prov.Pooled.POOL.submit(() -> { Thread.sleep(1200); return 1; }); prov.Pooled.POOL.shutdown();"
                                + " prov.Pooled.POOL.awaitTermination(20, java.util.concurrent.TimeUnit.SECONDS);")
                .code(
                        "package prov; import java.util.concurrent.*; public class Pooled implements java.util.function.Supplier<String> {"
                                + " public static final ExecutorService POOL = Executors.newFixedThreadPool(1);"
                                + " public String get() { try { return POOL.submit(() -> \"done\").get(); }"
                                + " catch (InterruptedException | ExecutionException e) { throw new IllegalStateException(e); } } }");
    }

    private static TestJar slow(String version) {
        return Journal.doing(
                        "prov",
                        version,
                        "Thread.sleep(700); context.registerService(java.util.function.Supplier.class, new prov.Slow(), null);",
                        "prov.Slow.stops = true; Thread.sleep(700);")
                .code("package prov; public class Slow implements java.util.function.Supplier<String> {"
                        + " public static volatile boolean stops;"
                        + " public String get() { if (stops) { " + note("\"called while it stops\"")
                        + " } return \"\"; } }");
    }

    private static TestJar actor() {
        return Journal.bundle("actor", "1.0.0")
                .header("Export-Package", "actor")
                .code(
                        "package actor; import java.util.concurrent.CountDownLatch; public class Actor extends Thread {"
                                + " private final org.osgi.framework.BundleContext other; private final CountDownLatch go = new CountDownLatch(1);"
                                + " private final CountDownLatch done = new CountDownLatch(1);"
                                + " public Actor(org.osgi.framework.BundleContext other) { this.other = other; start(); }"
                                + " public void finish() throws InterruptedException { go.countDown(); done.await(); }"
                                + " public void run() { try { go.await(); other.registerService(Runnable.class, () -> { }, null); }"
                                + "  catch (InterruptedException e) { throw new IllegalStateException(e); } finally { done.countDown(); } } }");
    }

    private static TestJar registeringLate(String version) {
        return TestJar.bundle("prov", version)
                .header("Import-Package", "org.osgi.framework,actor")
                .seeing(actor())
                .code("package prov; public class Kept { public static actor.Actor actor; }")
                .activator(
                        "prov.inside.Activator",
                        "context.registerService(java.util.function.Supplier.class, () -> \"" + version + "\", null);"
                                + " prov.Kept.actor = new actor.Actor(context);",
                        "prov.Kept.actor.finish();");
    }

    /** As components are, that a thread of Configuration Admin's makes and registers. */
    @Test
    void stopThatWaitsForWhoRegistersInItsName_ends() throws Exception {
        applied(actor());
        applied(Journal.doing(
                "user",
                "1.0.0",
                "context.addServiceListener(event -> { if (event.getType() == 1) { " + GET
                        + note("\"heard, and got \" + service.get()") + " } }, \"(objectClass=java.lang.Runnable)\");",
                ""));
        applied(registeringLate("1.0.0"));
        Journal.take();

        requireApplied(underCalls(registeringLate("1.1.0")));

        assertThat(Journal.take()).contains("heard, and got 1.0.0");
    }
}
