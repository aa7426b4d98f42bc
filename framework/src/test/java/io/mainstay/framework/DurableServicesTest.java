package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.RealBundle;
import io.mainstay.framework.fixture.TestJar;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;

/** What bundles do with services at the wrong moment, and with services that are hard to tell apart. */
@Timeout(120)
@SuppressWarnings({"unchecked", "rawtypes"}) // services are looked up by the names of generic types
class DurableServicesTest extends FrameworkTest {
    private static final String RUNS = "package with; public class Runs implements"
            + " java.util.function.Consumer<Runnable> { public void accept(Runnable r) { r.run(); } }";
    private static final String REGISTER_RUNS =
            "context.registerService(java.util.function.Consumer.class, new with.Runs(), null);";

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    private CompletableFuture<DeployResult> committing(TestJar jar) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return commit(jar);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void listen() {
        mainstay.context().addServiceListener((AllServiceListener)
                event -> events.add((event.getType() == ServiceEvent.REGISTERED ? "+" : "")
                        + (event.getType() == ServiceEvent.UNREGISTERING ? "-" : "")
                        + event.getServiceReference().getProperty("name")));
    }

    private <T> T get(Class<T> type, String filter) throws Exception {
        return mainstay.context()
                .getService(mainstay.context()
                        .getServiceReferences(type, filter)
                        .iterator()
                        .next());
    }

    private static TestJar with(String version, String start, String... code) {
        return Journal.doing("with", version, start, "").code(code);
    }

    /** Waits until a change holds the calls to a service. */
    private static Thread untilHeld(Runnable call) throws InterruptedException {
        AtomicBoolean enough = new AtomicBoolean();
        Thread caller = new Thread(() -> {
            while (!enough.get()) {
                call.run();
            }
        });
        caller.start();
        while (Arrays.stream(caller.getStackTrace())
                .noneMatch(frame -> frame.getClassName().endsWith("durable.Hold")
                        && frame.getMethodName().equals("await"))) {
            Thread.sleep(1);
        }
        enough.set(true);
        return caller;
    }

    private static void quietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestJar withFactory(String version, long millis) {
        return with(
                version,
                REGISTER_RUNS
                        + " context.registerService(\"java.util.function.UnaryOperator\", new with.Maker(), null);",
                RUNS,
                "package with; import org.osgi.framework.*; import java.util.function.UnaryOperator;"
                        + " public class Maker implements ServiceFactory<UnaryOperator<String>> {"
                        + " public UnaryOperator<String> getService(Bundle b,"
                        + "  ServiceRegistration<UnaryOperator<String>> r) { "
                        + Journal.class.getName() + ".note(\"making\");"
                        + "  try { Thread.sleep(" + millis + "); } catch (InterruptedException e) { }"
                        + "  return x -> x + \" " + version + "\"; }"
                        + " public void ungetService(Bundle b, ServiceRegistration<UnaryOperator<String>> r,"
                        + "  UnaryOperator<String> s) { } }");
    }

    @Test
    void callThatIsUnderWay_getsOtherServices_whileNewOnesWait() throws Exception {
        applied(withFactory("1.0.0", 0));
        Consumer<Runnable> service = get(Consumer.class, null);
        CountDownLatch within = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        List<String> said = new ArrayList<>();
        Thread caller = new Thread(() -> service.accept(() -> {
            within.countDown();
            quietly(held);
            try {
                said.add((String) get(UnaryOperator.class, null).apply("a"));
            } catch (Exception e) {
                said.add(e.toString());
            }
        }));
        caller.start();
        within.await();
        CompletableFuture<DeployResult> change = committing(withFactory("1.1.0", 0));
        Thread waiting = untilHeld(() -> service.accept(() -> {}));
        held.countDown();

        assertThat(change.get().cause()).isEmpty();
        caller.join();
        waiting.join();
        assertThat(said).containsExactly("a 1.0.0");
        assertThat(get(UnaryOperator.class, null).apply("b")).isEqualTo("b 1.1.0");
    }

    @Test
    void factoryThatIsMaking_endsBeforeItsBundleStops() throws Exception {
        applied(withFactory("1.0.0", 1500));
        Journal.take();
        List<UnaryOperator<String>> got = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        Thread user = new Thread(() -> {
            try {
                got.add(get(UnaryOperator.class, null));
                Journal.note("made");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        user.start();
        while (!lines.contains("making")) {
            Thread.sleep(1);
            lines.addAll(Journal.take());
        }

        applied(withFactory("1.1.0", 0));

        user.join();
        lines.addAll(Journal.take());
        assertThat(got.get(0).apply("a")).isEqualTo("a 1.1.0");
        assertThat(lines.indexOf("made")).isBetween(0, lines.indexOf("stop with 1.0.0"));
    }

    private static TestJar early(String version) {
        return Journal.doing(
                "early",
                version,
                "org.osgi.framework.ServiceReference<?> found ="
                        + " context.getServiceReference(\"java.util.function.Supplier\");"
                        + Journal.class.getName() + ".note(\"found \" + (found != null));"
                        + " new org.osgi.util.tracker.ServiceTracker<Object, Object>(context,"
                        + "  \"java.util.function.Supplier\", null) {"
                        + "  public Object addingService(org.osgi.framework.ServiceReference<Object> r) {"
                        + "   Object s = super.addingService(r); " + Journal.class.getName()
                        + ".note(\"tracks \" + ((java.util.function.Supplier<?>) s).get());"
                        + "   return s; } }.open();",
                "",
                "org.osgi.util.tracker");
    }

    private static TestJar late(String version) {
        return Journal.doing(
                "late",
                version,
                "context.registerService(java.util.function.Supplier.class, () -> \"" + version + "\", null);",
                "");
    }

    @Test
    void userThatStartsBeforeItsProvider_seesItWhenItIsThere() throws Exception {
        applied(early("1.0.0"), late("1.0.0"));
        assertThat(Journal.take())
                .containsExactly("start early 1.0.0", "found false", "start late 1.0.0", "tracks 1.0.0");
        Supplier<String> held = get(Supplier.class, null);
        listen();

        applied(early("1.1.0"), late("1.1.0"));

        assertThat(Journal.take()).endsWith("start early 1.1.0", "found false", "start late 1.1.0", "tracks 1.1.0");
        assertThat(held.get()).isEqualTo("1.1.0");
        assertThat(events).isEmpty();
    }

    private static TestJar named(String version, String... names) {
        StringBuilder start = new StringBuilder();
        for (String name : names) {
            start.append("context.registerService(java.util.function.Supplier.class, () -> \"")
                    .append(name)
                    .append(' ')
                    .append(version)
                    .append("\", new java.util.Hashtable<>(java.util.Map.of(\"vendor\", \"x\", \"name\", \"")
                    .append(name)
                    .append("\")));");
        }
        return with(version, start.toString());
    }

    @Test
    void servicesToldApartByProperties_areNeverMixedUp() throws Exception {
        applied(named("1.0.0", "a", "b"));
        Supplier<String> a = get(Supplier.class, "(name=a)");
        Supplier<String> b = get(Supplier.class, "(name=b)");
        listen();

        applied(named("1.1.0", "c", "b", "a"));

        assertThat(a.get()).isEqualTo("a 1.1.0");
        assertThat(b.get()).isEqualTo("b 1.1.0");
        assertThat(get(Supplier.class, "(name=c)").get()).isEqualTo("c 1.1.0");
        assertThat(events).containsExactly("+c");
        events.clear();

        applied(named("1.2.0", "d", "c", "a"));

        assertThat(a.get()).isEqualTo("a 1.2.0");
        assertThat(events).containsExactly("+d", "-b");
    }

    @Test
    void registrationThatIsRefused_leavesNothing() throws Exception {
        String good = "context.registerService(Runnable.class, () -> {}, null);";
        String bad =
                "java.util.Hashtable<String, Object> twice = new java.util.Hashtable<>(java.util.Map.of(\"x\", 1));"
                        + " twice.put(\"X\", 2); try { context.registerService(Runnable.class, () -> {}, twice); }"
                        + " catch (IllegalArgumentException e) { " + Journal.class.getName() + ".note(\"refused\"); }";
        applied(with("1.0.0", bad + good));
        assertThat(Journal.take()).containsExactly("start with 1.0.0", "refused");
        listen();

        applied(with("1.1.0", bad + good));
        assertThat(mainstay.context().getServiceReferences(Runnable.class, null))
                .hasSize(1);
        assertThat(events).isEmpty();
        applied(with("1.2.0", bad));
        assertThat(events).containsExactly("-null");
        assertThat(mainstay.context().getServiceReferences(Runnable.class, null))
                .isEmpty();
    }

    private static TestJar throwing(String version, String making) {
        return with(
                version,
                "context.registerService(\"java.util.function.Supplier\", new with.Maker(), null);"
                        + " context.registerService(Runnable.class, () -> {}, null);",
                "package with; import org.osgi.framework.*; import java.util.function.Supplier;"
                        + " public class Maker implements ServiceFactory<Supplier<String>> {"
                        + " public Supplier<String> getService(Bundle b, ServiceRegistration<Supplier<String>> r) { "
                        + making + " }"
                        + " public void ungetService(Bundle b, ServiceRegistration<Supplier<String>> r,"
                        + "  Supplier<String> s) { throw new UnsupportedOperationException(\"no\"); } }");
    }

    @Test
    void factoryThatThrows_harmsNothingElseOfItsBundle() throws Exception {
        String makes = "return () -> \"made\";";
        applied(throwing("1.0.0", makes));
        Supplier<String> held = get(Supplier.class, null);
        listen();

        applied(throwing("1.1.0", makes));
        assertThat(held.get()).isEqualTo("made");
        assertThat(events).isEmpty();
        for (String bad : List.of(
                "throw new NoClassDefFoundError(\"no\");",
                "if (true) throw new IllegalStateException(\"no\"); return null;",
                "return null;",
                "return (Supplier<String>) (Supplier) () -> { throw new IllegalStateException(); };")) {
            DeployResult result = commit(throwing("1.2.0", bad));
            if (bad.startsWith("return (")) {
                assertThat(result.outcome()).isEqualTo(Result.APPLIED);
            } else {
                assertThat(result.outcome()).as(bad).isEqualTo(Result.FAILED);
                assertThat(result.cause().orElseThrow()).contains("java.util.function.Supplier of with");
                assertThat(held.get()).isEqualTo("made");
                assertThat(events).isEmpty();
            }
        }
    }

    @Test
    void serviceRegisteredWhileCallsEnd_isKeptToo() throws Exception {
        TestJar[] versions = new TestJar[2];
        for (int i = 0; i < 2; i++) {
            versions[i] = with(
                    "1." + i + ".0",
                    REGISTER_RUNS
                            + (i == 0
                                    ? ""
                                    : "context.registerService(java.util.function.Supplier.class, () -> \"new\", null);"),
                    RUNS);
        }
        applied(versions[0]);
        Consumer<Runnable> service = get(Consumer.class, null);
        CountDownLatch within = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        Thread caller = new Thread(() -> service.accept(() -> {
            within.countDown();
            quietly(held);
        }));
        caller.start();
        within.await();
        CompletableFuture<DeployResult> change = committing(versions[1]);
        Thread waiting = untilHeld(() -> service.accept(() -> {}));
        mainstay.context()
                .getBundle("mainstay:with")
                .getBundleContext()
                .registerService(Supplier.class, () -> "old", new Hashtable<>());
        Supplier<String> between = get(Supplier.class, null);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean ended = new AtomicBoolean();
        Thread other = new Thread(() -> {
            while (!ended.get()) {
                try {
                    between.get();
                } catch (Throwable e) {
                    failures.add(e);
                    return;
                }
            }
        });
        other.start();
        held.countDown();

        assertThat(change.get().cause()).isEmpty();
        ended.set(true);
        caller.join();
        waiting.join();
        other.join();
        assertThat(failures).isEmpty();
        assertThat(between.get()).isEqualTo("new");
    }

    @Test
    void callerThatIsNotServedInTime_hearsWhichServiceAndGeneration() throws Exception {
        mainstay.close();
        properties.put(Settings.CALL_PATIENCE, "200");
        mainstay = Mainstay.open(properties).start();
        applied(with("1.0.0", "context.registerService(Runnable.class, () -> {}, null);"));
        Runnable service = get(Runnable.class, null);
        CompletableFuture<DeployResult> change = committing(
                with("1.1.0", "Thread.sleep(1500); context.registerService(Runnable.class, () -> {}, null);"));
        Throwable failure = null;
        while (failure == null && !change.isDone()) {
            try {
                service.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        assertThat(failure).hasMessageMatching(".*java.lang.Runnable of with.* generation [0-9]+, .* 200 ms");
        assertThat(change.get().cause()).isEmpty();
        service.run();
    }

    @Test
    void interfacesThatExtendOthers_fromElsewhereOrHidden_work() throws Exception {
        TestJar far = Journal.bundle("far", "1.0.0")
                .header("Export-Package", "far")
                .code("package far; public class Thing {}");
        TestJar base = Journal.bundle("base", "1.0.0", "far")
                .header("Export-Package", "base")
                .seeing(far)
                .code(
                        "package base; public interface Base { default String of(far.Thing t) { return \"base\" + t; } }");
        TestJar api = Journal.bundle("api", "1.0.0", "base")
                .header("Export-Package", "api")
                .seeing(far, base)
                .code(
                        "package api; interface Hidden<T> { T hidden(T t, long l, double d, int... more); }",
                        "package api; public interface Api extends base.Base, Hidden<String> {"
                                + " static String no() { return \"no\"; } private int mine() { return 1; }"
                                + " default int wait(String s) { return mine(); } boolean equals(Object o); }");
        TestJar impl = Journal.doing(
                        "impl",
                        "1.0.0",
                        "context.registerService(api.Api.class, new impl.One(), null);",
                        "",
                        "api",
                        "base",
                        "far")
                .seeing(far, base, api)
                .code(
                        "package impl; public class One implements api.Api { public String hidden(String t, long l, double d,"
                                + " int... more) { return t + l + d + more.length; } }");
        TestJar user = Journal.doing(
                        "user",
                        "1.0.0",
                        "api.Api got = context.getService(context.getServiceReference(api.Api.class));"
                                + Journal.class.getName()
                                + ".note(got.getClass().getName().contains(\"Stable\") + \" \""
                                + " + got.hidden(\"a\", 1L, 2.0, 3, 4) + got.wait(\"\")"
                                + " + got.of(null) + got.equals(got));",
                        "",
                        "api",
                        "base",
                        "far")
                .seeing(far, base, api);

        applied(far, base, api, impl, user);

        assertThat(Journal.take()).contains("true a12.021basenulltrue");
    }

    @Test
    void twoApisThatDisagreeOnAType_areNoReasonToFail() throws Exception {
        List<TestJar> all = new ArrayList<>();
        for (String one : List.of("one", "two")) {
            TestJar types = Journal.bundle("types." + one, "1.0.0")
                    .header("Export-Package", "types;version=1.0.0;" + one + "=true;mandatory:=" + one)
                    .code("package types; public class Type {}");
            TestJar api = Journal.bundle("api." + one, "1.0.0", "types;" + one + "=true")
                    .header("Export-Package", one)
                    .seeing(types)
                    .code("package " + one + "; public interface Api { default String " + one
                            + "(types.Type t) { return \"" + one + "\"; } }");
            all.add(types);
            all.add(api);
        }
        all.add(Journal.doing(
                        "impl",
                        "1.0.0",
                        "context.registerService(new String[] {\"one.Api\", \"two.Api\"}, new impl.Both(), null);",
                        "",
                        "one",
                        "two")
                .seeing(all.toArray(new TestJar[0]))
                .code("package impl; public class Both implements one.Api, two.Api {}"));

        applied(all.toArray(new TestJar[0]));

        ServiceReference<?> reference = mainstay.context().getServiceReference("two.Api");
        assertThat(mainstay.context().getService(reference).getClass().getName())
                .isEqualTo("impl.Both");
    }

    private static TestJar part(String name, String version, String scope, String references, String interfaces) {
        String note = Journal.class.getName() + ".note(\"";
        return TestJar.bundle(name, version)
                .header("Import-Package", Journal.class.getPackageName())
                .header("Service-Component", "OSGI-INF/component.xml")
                .entry(
                        "OSGI-INF/component.xml",
                        "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\" name=\"" + name + ".Part\""
                                + " activate=\"activate\" deactivate=\"deactivate\""
                                + (interfaces.isEmpty() ? " immediate=\"true\"" : "") + ">"
                                + "<implementation class=\"" + name + ".Part\"/>"
                                + (interfaces.isEmpty()
                                        ? ""
                                        : "<service scope=\"" + scope + "\"><provide interface=\"" + interfaces
                                                + "\"/></service>")
                                + references + "</scr:component>")
                .code("package " + name + "; public class Part implements java.util.function.Supplier<String> {"
                        + " private Object used; private boolean live;"
                        + " public void activate() { live = true; " + note + name + " on\"); }"
                        + " public void deactivate() { live = false; " + note + name + " off\"); }"
                        + " public void setUsed(java.util.function.Supplier<?> s) { used = s; "
                        + (references.isEmpty() ? "" : "Caller.call(s);") + " }"
                        + " public String get() { if (!live) throw new IllegalStateException(\"not live\");"
                        + "  return \"" + version + "\"; } }")
                .code("package " + name + "; public class Caller { public static volatile String failure;"
                        + " public static volatile Object last; static void call(java.util.function.Supplier<?> s) {"
                        + "  Thread t = new Thread(() -> { while (!Thread.currentThread().isInterrupted()) {"
                        + "   try { last = s.get(); } catch (Throwable e) { failure = e.toString(); return; } } },"
                        + "   \"caller-of-component\");"
                        + "  t.setDaemon(true); t.start(); } }");
    }

    @ParameterizedTest
    @ValueSource(strings = {"singleton", "bundle", "prototype"})
    void componentWithAStaticReference_isNeverDeactivated(String scope) throws Exception {
        mainstay.close();
        properties.merge(
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "org.slf4j;version=1.7.36,org.slf4j.helpers;version=1.7.36",
                (one, other) -> one + "," + other);
        mainstay = Mainstay.open(properties).start();
        mainstay.commit(Change.by("test")
                .add(RealBundle.checked("org.osgi.service.component"), 1)
                .add(RealBundle.checked("org.apache.felix.scr"), 1)
                .build());
        applied(part("store", "1.0.0", scope, "", "java.util.function.Supplier"));
        applied(part(
                "shop",
                "1.0.0",
                scope,
                "<reference name=\"used\" interface=\"java.util.function.Supplier\" bind=\"setUsed\"/>",
                ""));
        assertThat(Journal.take()).contains("shop on");
        Class<?> caller = mainstay.context().getBundle("mainstay:shop").loadClass("shop.Caller");

        for (int i = 1; i <= 5; i++) {
            applied(part("store", "1." + i + ".0", scope, "", "java.util.function.Supplier"));
            String now = "1." + i + ".0";
            while (caller.getField("failure").get(null) == null
                    && !now.equals(caller.getField("last").get(null))) {
                Thread.sleep(1);
            }
        }

        assertThat(caller.getField("failure").get(null)).isNull();
        assertThat(Journal.take()).doesNotContain("shop off").contains("store off", "store on");
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("caller-of-component"))
                .forEach(Thread::interrupt);
    }

    private static boolean isCollected(WeakReference<?> reference, int tries) throws InterruptedException {
        for (int i = 0; i < tries && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return reference.get() == null;
    }

    private WeakReference<ClassLoader> loader() {
        return new WeakReference<>(mainstay.context()
                .getBundle("mainstay:with")
                .adapt(BundleWiring.class)
                .getClassLoader());
    }

    @Test
    void replacedCode_isKeptByNobody() throws Exception {
        Function<String, TestJar> version = number -> with(
                number,
                REGISTER_RUNS + "context.registerService(\"java.util.function.Supplier\", new with.Maker(), null);",
                RUNS,
                "package with; import org.osgi.framework.*; import java.util.function.Supplier;"
                        + " public class Maker implements ServiceFactory<Supplier<String>> {"
                        + " public Supplier<String> getService(Bundle b, ServiceRegistration<Supplier<String>> r) {"
                        + "  return () -> \"made\"; }"
                        + " public void ungetService(Bundle b, ServiceRegistration<Supplier<String>> r,"
                        + "  Supplier<String> s) { } }");
        applied(version.apply("1.0.0"));
        Consumer<Runnable> service = get(Consumer.class, null);
        Supplier<String> made = get(Supplier.class, null);
        List<WeakReference<ClassLoader>> old = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            old.add(loader());
            service.accept(() -> made.get());
            applied(version.apply("1." + i + ".0"));
        }
        WeakReference<ClassLoader> last = loader();
        service.accept(() -> made.get());
        assertThat(isCollected(last, 20))
                .as("what runs is kept, or this test finds nothing")
                .isFalse();
        mainstay.commit(Change.by("test").remove("with").build());
        old.add(last);

        for (WeakReference<ClassLoader> one : old) {
            assertThat(isCollected(one, 500)).as("loader %d", old.indexOf(one)).isTrue();
        }
        assertThat(service).isNotSameAs(made);
        assertThatThrownBy(made::get).isInstanceOf(ServiceException.class).hasMessageContaining("the service is gone");
    }

    @Test
    void frameworkThatIsStopped_letsWaitingCallersGo_andBeginsAnew() throws Exception {
        applied(with("1.0.0", "context.registerService(Runnable.class, () -> {}, null);"));
        Runnable service = get(Runnable.class, null);
        CompletableFuture<DeployResult> change = committing(
                with("1.1.0", "Thread.sleep(1000); context.registerService(Runnable.class, () -> {}, null);"));
        AtomicBoolean gone = new AtomicBoolean();
        Thread waiting = untilHeld(() -> {
            try {
                service.run();
            } catch (IllegalStateException | ServiceException e) {
                gone.set(true);
            }
        });

        mainstay.close();

        waiting.join(20_000);
        assertThat(waiting.isAlive()).isFalse();
        change.handle((result, failure) -> null).get(20, TimeUnit.SECONDS);
        mainstay = Mainstay.open(properties).start();
        assertThat(mainstay.context().getServiceReferences(Runnable.class, null))
                .hasSize(1);
        get(Runnable.class, null).run();
    }
}
