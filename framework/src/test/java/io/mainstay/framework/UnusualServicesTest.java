package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.service.EventListenerHook;

/** Services and wirings that are rare, and behave as without us. */
@Timeout(60)
class UnusualServicesTest extends FrameworkTest {
    private static final long DRAIN_MILLIS = 1500;

    UnusualServicesTest() {
        properties.put(Settings.DRAIN_LIMIT, String.valueOf(DRAIN_MILLIS));
    }

    private <T> T service(Class<T> type) {
        return mainstay.context().getService(mainstay.context().getServiceReference(type));
    }

    @Test
    void typeOfAMethodThatIsNotThere_keepsNobodyFromStarting() throws Exception {
        TestJar gone = TestJar.bundle("gone", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "gone")
                .code("package gone; public interface Thing {}");
        TestJar provider = Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(prov.Api.class, new prov.Api() {}, null);",
                        "",
                        "gone;resolution:=optional")
                .seeing(gone)
                .code("package prov; public interface Api { default void with(gone.Thing thing) {} }");

        applied(provider);

        assertThat(mainstay.context().getServiceReference("prov.Api")).isNotNull();
    }

    /** Its activator waits for a thread that registers a service: whoever holds a lock meanwhile waits for ever. */
    @Test
    void typeOfAMethod_startsALazyBundle_withNoLockHeld() throws Exception {
        TestJar lazy = Journal.doing(
                        "lazy",
                        "1.0.0",
                        "Thread thread = new Thread(() -> context.registerService(Runnable.class, () -> {}, null));"
                                + " thread.start(); thread.join();",
                        "")
                .header(Constants.BUNDLE_ACTIVATIONPOLICY, Constants.ACTIVATION_LAZY)
                .header(Constants.EXPORT_PACKAGE, "lazy.api")
                .code("package lazy.api; public class Parameter {}");
        TestJar api = TestJar.bundle("api", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "api")
                .header(Constants.IMPORT_PACKAGE, "lazy.api")
                .seeing(lazy)
                .code("package api; public interface Taking { void take(lazy.api.Parameter parameter); }");
        applied(lazy, api);

        applied(Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(api.Taking.class, parameter -> {}, null);",
                        "",
                        "api",
                        "lazy.api")
                .seeing(api, lazy));

        assertThat(mainstay.context().getServiceReference("api.Taking")).isNotNull();
    }

    @Test
    void registrationThatGoes_hasItsReferenceUntilAllAreTold() throws Exception {
        applied(Journal.doing(
                "prov",
                "1.0.0",
                "org.osgi.framework.ServiceRegistration<?>[] held = new org.osgi.framework.ServiceRegistration<?>[1];"
                        + " context.addServiceListener(event -> { if (event.getType() == 4) " + Journal.class.getName()
                        + ".note(\"same \" + (held[0].getReference() == event.getServiceReference())); });"
                        + " held[0] = context.registerService(Runnable.class, () -> {}, null); held[0].unregister();",
                ""));

        assertThat(Journal.take()).contains("same true");
    }

    @Test
    void propertyWithoutAText_keepsNobodyFromStopping() throws Exception {
        String begin =
                "context.registerService(Runnable.class, () -> {}, new java.util.Hashtable<>(java.util.Map.of(\"a\", new prov.Mute())));";
        String code =
                "package prov; public class Mute { public String toString() { throw new IllegalArgumentException(); } }";
        applied(Journal.doing("prov", "1.0.0", begin, "").code(code));

        applied(Journal.doing("prov", "1.1.0", begin, "").code(code));

        assertThat(mainstay.context().getServiceReferences(Runnable.class, null))
                .hasSize(1);
    }

    /** A list is equal to another one, whatever class it has: the one of code that is gone must not stay. */
    @Test
    void equalPropertyOfNewCode_takesThePlaceOfTheOldOne() throws Exception {
        String begin = "context.registerService(Runnable.class, () -> {},"
                + " new java.util.Hashtable<>(java.util.Map.of(\"tags\", new prov.Tags())));";
        String code = "package prov; public class Tags extends java.util.ArrayList<String> {"
                + " private static final long serialVersionUID = 1; }";
        applied(Journal.doing("prov", "1.0.0", begin, "").code(code));

        applied(Journal.doing("prov", "1.1.0", begin, "").code(code));

        Object tags = mainstay.context().getServiceReference(Runnable.class).getProperty("tags");
        assertThat(tags.getClass())
                .isSameAs(mainstay.context().getBundle("mainstay:prov").loadClass("prov.Tags"));
    }

    @Test
    void numberAndItsText_areTwoNames() throws Exception {
        String number = registering("() -> \"number\"", "1");
        String text = registering("() -> \"text\"", "\"1\"");
        applied(Journal.doing("prov", "1.0.0", number + text, ""));
        Map<String, Supplier<?>> held = new HashMap<>();
        for (ServiceReference<Supplier<?>> one : suppliers()) {
            Supplier<?> service = mainstay.context().getService(one);
            held.put((String) service.get(), service);
        }

        applied(Journal.doing("prov", "1.1.0", text + number, ""));

        assertThat(held.get("number").get()).isEqualTo("number");
        assertThat(held.get("text").get()).isEqualTo("text");
    }

    private static String registering(String supplier, String id) {
        return "context.registerService(java.util.function.Supplier.class, " + supplier
                + ", new java.util.Hashtable<>(java.util.Map.of(\"id\", " + id + ")));";
    }

    @SuppressWarnings("unchecked")
    private Collection<ServiceReference<Supplier<?>>> suppliers() throws Exception {
        return (Collection<ServiceReference<Supplier<?>>>)
                (Collection<?>) mainstay.context().getServiceReferences(Supplier.class, null);
    }

    /** It is made anew for its user, who gives it back in that moment. */
    @Test
    void objectThatIsGivenBackWhileItIsMadeAnew_isTakenBack() throws Exception {
        String slowly = "try { Thread.sleep(300); } catch (InterruptedException e) { }";
        applied(noting("1.0.0", ""));
        ServiceReference<Runnable> reference = mainstay.context().getServiceReference(Runnable.class);
        mainstay.context().getService(reference);
        List<String> seen = new CopyOnWriteArrayList<>();
        Thread user = new Thread(() -> {
            while (!seen.contains("make 1.1.0")) {
                seen.addAll(Journal.take());
                Thread.onSpinWait();
            }
            mainstay.context().ungetService(reference);
        });
        user.start();

        applied(noting("1.1.0", slowly));

        user.join();
        seen.addAll(Journal.take());
        assertThat(seen).containsOnlyOnce("unmake 1.1.0");
    }

    private static TestJar noting(String version, String making) {
        String note = Journal.class.getName() + ".note";
        return Journal.doing("prov", version, "context.registerService(Runnable.class, new prov.Factory(), null);", "")
                .code(
                        "package prov; import org.osgi.framework.*; public class Factory implements ServiceFactory<Runnable> {"
                                + " public Runnable getService(Bundle user, ServiceRegistration<Runnable> as) {" + note
                                + "(\"make " + version + "\"); " + making + " return () -> { }; }"
                                + " public void ungetService(Bundle user, ServiceRegistration<Runnable> as, Runnable made) {"
                                + note + "(\"unmake " + version + "\"); } }");
    }

    /** Without us, Felix says the same. */
    @Test
    void factoryThatGivesSomethingElse_isToldAsFelixTellsIt() throws Exception {
        List<ServiceException> told = new CopyOnWriteArrayList<>();
        mainstay.context().addFrameworkListener(event -> {
            if (event.getThrowable() instanceof ServiceException failure) {
                told.add(failure);
            }
        });
        applied(
                Journal.doing(
                                "prov",
                                "1.0.0",
                                "context.registerService(Runnable.class.getName(), new prov.Factory(), null);",
                                "")
                        .code(
                                "package prov; import org.osgi.framework.*; public class Factory implements ServiceFactory<Object> {"
                                        + " public Object getService(Bundle user, ServiceRegistration<Object> as) { return \"no\"; }"
                                        + " public void ungetService(Bundle user, ServiceRegistration<Object> as, Object made) { } }"));

        assertThat(service(Runnable.class)).isNull();

        for (int i = 0; i < 500 && told.isEmpty(); i++) {
            Thread.sleep(10); // framework events come from another thread
        }
        assertThat(told).extracting(ServiceException::getType).containsExactly(ServiceException.FACTORY_ERROR);
    }

    /** The Http Whiteboard takes what it serves from the bundle. */
    @Test
    void classThatMarksResources_stays_unlessOthersMayUseIt() throws Exception {
        applied(marking("1.0.0", ""));
        ServiceReference<?> reference = mainstay.context().getServiceReference("prov.Mark");
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType()));

        applied(marking("1.1.0", ""));

        assertThat((Object) mainstay.context().getServiceReference("prov.Mark")).isSameAs(reference);
        assertThat(events).isEmpty();
        applied(marking("1.2.0", "prov"));
        applied(marking("1.3.0", "prov"));
        Object others = mainstay.context().getService(mainstay.context().getServiceReference("prov.Mark"));
        assertThat(others.getClass())
                .isSameAs(mainstay.context().getBundle("mainstay:prov").loadClass("prov.Mark"));
    }

    private static TestJar marking(String version, String exports) {
        TestJar jar = Journal.doing(
                        "prov",
                        version,
                        "context.registerService(prov.Mark.class, new prov.Mark(),"
                                + " new java.util.Hashtable<>(java.util.Map.of(\"osgi.http.whiteboard.resource.pattern\", \"/r/*\")));",
                        "")
                .code("package prov; public class Mark { }");
        return exports.isEmpty() ? jar : jar.header(Constants.EXPORT_PACKAGE, exports);
    }

    @Test
    void factoryThatIsRemoved_isWaitedForByNobody() throws Exception {
        applied(noting("1.0.0", ""), Journal.bundle("slow", "1.0.0"));
        ServiceReference<Runnable> reference = mainstay.context().getServiceReference(Runnable.class);
        AtomicLong asked = new AtomicLong();
        Thread user = new Thread(() -> {
            while (mainstay.context().getService(reference) != null) {
                asked.incrementAndGet();
                mainstay.context().ungetService(reference);
            }
        });
        user.start();

        applied(change(Journal.doing("slow", "1.1.0", "Thread.sleep(300);", "")).remove("prov"));

        user.join(10_000);
        assertThat(user.isAlive()).isFalse();
        assertThat(asked).hasPositiveValue();
    }

    /** To make a class takes a thousand times as long as to register a service. */
    @Test
    void serviceThatComesAndGoes_hasTheSameClassAgain() throws Exception {
        applied(TestJar.bundle("prov", "1.0.0"));
        BundleContext context = mainstay.context().getBundle("mainstay:prov").getBundleContext();
        Set<Class<?>> classes = new HashSet<>();

        for (int i = 0; i < 100; i++) {
            ServiceRegistration<Runnable> registration = context.registerService(Runnable.class, () -> {}, null);
            classes.add(
                    mainstay.context().getService(registration.getReference()).getClass());
            registration.unregister();
        }

        assertThat(classes).hasSizeLessThan(20);
    }

    @Test
    void propertyThatWasSetLater_andIsSetAgain_isToldNobody() throws Exception {
        String begin = "context.registerService(Runnable.class, () -> {}, null);"
                + " context.registerService(Runnable.class, () -> {}, null)"
                + ".setProperties(new java.util.Hashtable<>(java.util.Map.of(\"status\", \"busy\")));";
        applied(Journal.doing("prov", "1.0.0", begin, ""));
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType()));

        applied(Journal.doing("prov", "1.1.0", begin, ""));

        assertThat(events).isEmpty();
    }

    /** The package has a method whose second parameter is of the bundle's own. */
    @Test
    void packageThatNamesOthersBehindAPrimitive_isNotSwapped() throws Exception {
        TestJar user = Journal.doing(
                        "user",
                        "1.0.0",
                        "prov.api.Api api = context.getService(context.getServiceReference(prov.api.Api.class));"
                                + " context.registerService(java.util.concurrent.Callable.class, () -> api.ask(1, null), null);",
                        "",
                        "prov.api")
                .seeing(knowing("1"));
        applied(knowing("1"), user);

        Preview preview = plan(knowing("2"));
        applied(knowing("2"));

        assertThat(preview.reset()).noneMatch(member -> member.way().swapped());
        assertThat(service(Callable.class).call()).isEqualTo("2");
    }

    private static TestJar knowing(String version) {
        return Journal.doing(
                        "prov",
                        version,
                        "context.registerService(prov.api.Api.class, (number, other) -> \"" + version + "\", null);",
                        "",
                        "prov.api")
                .header(Constants.EXPORT_PACKAGE, "prov.api")
                .code("package prov.inside; public class Other {}")
                .code("package prov.api; public interface Api { String ask(int number, prov.inside.Other other); }");
    }

    /** Felix's own `matches` says that the package meets it. */
    @Test
    void requirementIsNotMetByAnotherNamespace() throws Exception {
        applied(
                TestJar.bundle("api", "1.0.0")
                        .header(Constants.EXPORT_PACKAGE, "p;version=1.1")
                        .entry("p/x.txt", "x"),
                TestJar.bundle("user", "1.0.0")
                        .header(Constants.IMPORT_PACKAGE, "p")
                        .header(Constants.REQUIRE_CAPABILITY, "cap;filter:=\"(version>=1.1)\";resolution:=optional"));

        Preview preview = plan(
                TestJar.bundle("giver", "1.0.0").header(Constants.PROVIDE_CAPABILITY, "cap;cap=c;version:Version=1.2"));
        Preview lost = plan(TestJar.bundle("lost", "1.0.0")
                .header(Constants.REQUIRE_CAPABILITY, "other;filter:=\"(version>=1.1)\""));

        assertThat(preview.rewiredAtBoot())
                .containsExactly("user 1.0.0 stays without cap c; after a restart it would use giver 1.0.0");
        assertThat(lost.problems().get(0)).contains("lost 1.0.0 needs other (version>=1.1), which nothing provides");
    }

    @Test
    void usesConflict_isToldAsFelixSaysIt() throws Exception {
        applied(exporting("one", "1.0"), exporting("two", "2.0"));
        TestJar between = TestJar.bundle("between", "1.0.0")
                .header(Constants.IMPORT_PACKAGE, "p;version=\"[1,2)\"")
                .header(Constants.EXPORT_PACKAGE, "q;uses:=p")
                .entry("q/x.txt", "x");
        applied(between);

        Preview preview =
                plan(TestJar.bundle("torn", "1.0.0").header(Constants.IMPORT_PACKAGE, "q,p;version=\"[2,3)\""));

        assertThat(preview.problems().get(0))
                .startsWith("torn 1.0.0 does not resolve: ")
                .contains("'p'")
                .doesNotContain("mainstay.");
    }

    private static TestJar exporting(String name, String version) {
        return TestJar.bundle(name, "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "p;version=" + version)
                .entry("p/x.txt", "x");
    }

    @Test
    void allThatIsMissing_isToldAtOnce_withItsAttributes() throws Exception {
        Preview preview = plan(
                TestJar.bundle("a", "1.0.0")
                        .header(Constants.IMPORT_PACKAGE, "nowhere.a;partial=true;version=\"[1,2)\""),
                TestJar.bundle("b", "1.0.0").header(Constants.REQUIRE_BUNDLE, "nobody"));

        assertThat(preview.problems()).hasSize(2);
        assertThat(preview.problems().get(0))
                .startsWith(
                        "a 1.0.0 needs package nowhere.a from 1.0.0 to below 2.0.0 with partial=true, which nothing provides");
        assertThat(preview.problems().get(1)).startsWith("b 1.0.0 needs bundle nobody, which nothing provides");
    }

    /** A configuration is handed out while the log service is replaced, and that is logged: on the thread that replaces it. */
    @Test
    void logService_isSeenToGo_andToCome() throws Exception {
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context()
                .addServiceListener(
                        (AllServiceListener) event -> events.add(event.getType()),
                        "(objectClass=org.osgi.service.log.LogService)");

        applied(logging("1.0.0"));
        applied(logging("1.1.0"));

        assertThat(events)
                .containsExactly(ServiceEvent.REGISTERED, ServiceEvent.UNREGISTERING, ServiceEvent.REGISTERED);
    }

    private static TestJar logging(String version) {
        return Journal.doing(
                        "logger",
                        version,
                        "context.registerService(org.osgi.service.log.LogService.class, new logger.Log(), null);",
                        "")
                .code(
                        "package org.osgi.service.log; public interface LogService { void log(int level, String message); }")
                .code("package logger; public class Log implements org.osgi.service.log.LogService {"
                        + " public void log(int level, String message) { } }");
    }

    /** Where nothing was stopped, nobody waits for the same stuck call once more. */
    @Test
    @SuppressWarnings("unchecked")
    void drainThatExpires_isWaitedForOnce() throws Exception {
        applied(consumer("1.0.0"));
        Consumer<Runnable> consumer = service(Consumer.class);
        CountDownLatch end = new CountDownLatch(1);
        Thread stuck = new Thread(() -> consumer.accept(() -> awaitQuietly(end)));
        stuck.start();
        AtomicLong longest = new AtomicLong();
        Callers callers = Callers.start(2, () -> {
            long begin = System.nanoTime();
            consumer.accept(() -> {});
            longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
        });
        while (callers.calls() < 10) {
            Thread.onSpinWait();
        }

        DeployResult result = commit(consumer("1.1.0"));
        end.countDown();
        stuck.join();

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(callers.end()).isEmpty();
        assertThat(longest.get() / 1_000_000).isLessThan(DRAIN_MILLIS * 2);
    }

    /** Their type is another one afterwards, because their bundle exports it: what names them tells them apart. */
    @Test
    void siblingsWhoseTypeIsReset_haveTheStateOfTheirOwn() throws Exception {
        applied(counters("1.0.0"));
        count("one", 3);
        count("two", 7);

        applied(counters("1.1.0"));

        assertThat(count("one", 1)).isEqualTo(4);
        assertThat(count("two", 1)).isEqualTo(8);
    }

    private int count(String name, int times) throws Exception {
        Object counter = mainstay.context()
                .getService(mainstay.context().getServiceReferences("hand.api.Counter", "(name=" + name + ")")[0]);
        int found = 0;
        for (int i = 0; i < times; i++) {
            found = (int) counter.getClass().getMethod("next").invoke(counter);
        }
        return found;
    }

    private static TestJar counters(String version) {
        String register =
                "for (String name : new String[] {\"one\", \"two\"}) context.registerService(\"hand.api.Counter\","
                        + " new hand.api.Counting(), new java.util.Hashtable<>(java.util.Map.of(\"name\", name)));";
        return Journal.doing("hand", version, register, "", "io.mainstay.framework.handover")
                .header(Constants.EXPORT_PACKAGE, "hand.api")
                .code("package hand.api; public interface Counter { int next(); }")
                .code(
                        "package hand.api; import io.mainstay.framework.handover.*; import java.util.Map;"
                                + " public class Counting implements Counter, Handover { private int count;"
                                + " public int next() { return ++count; }"
                                + " public SavedState save() { return new SavedState(\"count\", 1, Map.of(\"count\", count)); }"
                                + " public void restore(SavedState state) { count = (Integer) state.data().get(\"count\"); } }");
    }

    /** Core 8, 55.3: who is not to hear of a service does not, also where it comes back. */
    @Test
    void listenerHook_hidesAServiceThatComesBack() throws Exception {
        mainstay.context()
                .registerService(
                        EventListenerHook.class,
                        (event, listeners) -> listeners
                                .keySet()
                                .removeIf(user ->
                                        user.getBundle().getSymbolicName().equals("user")),
                        null);
        String listen = "context.addServiceListener(event -> " + Journal.class.getName()
                + ".note(context.getBundle().getSymbolicName() + \" hears \" + event.getType()), \"(objectClass=java.lang.Runnable)\");";
        String register = "context.registerService(Runnable.class, () -> {}, null);";
        applied(
                Journal.doing("user", "1.0.0", listen, ""),
                Journal.doing("other", "1.0.0", listen, ""),
                Journal.doing("zprov", "1.0.0", register, ""));
        Journal.take();

        applied(
                Journal.doing("user", "1.1.0", listen, ""),
                Journal.doing("other", "1.1.0", listen, ""),
                Journal.doing("zprov", "1.1.0", register, ""));

        assertThat(Journal.take()).contains("other hears 1").noneMatch(line -> line.startsWith("user hears"));
    }

    private static final String LATE =
            "new Thread(() -> { try { Thread.sleep(800); context.registerService(Runnable.class, () -> {}, null); }"
                    + " catch (InterruptedException | IllegalStateException e) { } }).start();";

    private ServiceReference<Runnable> awaitLate() throws InterruptedException {
        while (mainstay.context().getServiceReference(Runnable.class) == null) {
            Thread.sleep(5);
        }
        return mainstay.context().getServiceReference(Runnable.class);
    }

    @Test
    void serviceThatComesLate_isWaitedFor_asItCameLateBefore() throws Exception {
        applied(Journal.doing("prov", "1.0.0", LATE, ""));
        ServiceReference<Runnable> before = awaitLate();
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType()));

        DeployResult result = applied(Journal.doing("prov", "1.1.0", LATE, ""));

        assertThat(events).isEmpty();
        assertThat(mainstay.context().getServiceReference(Runnable.class)).isSameAs(before);
        assertThat(result.continuity()).isNotEmpty();
    }

    @Test
    void serviceThatCameLate_andDoesNotComeAgain_goes() throws Exception {
        applied(Journal.doing("prov", "1.0.0", LATE, ""));
        awaitLate();

        applied(Journal.doing("prov", "1.1.0", "", ""));

        assertThat(mainstay.context().getServiceReference(Runnable.class)).isNull();
    }

    /** What makes it is no thread of the change, and needs another service that is held. */
    @Test
    void serviceThatComesLate_mayCallOthersOfItsUnit() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        pool.submit(() -> {}).get(); // its thread is there before any change
        mainstay.context().registerService(Executor.class, pool, null);
        TestJar first = Journal.doing(
                        "other",
                        "1.0.0",
                        "context.registerService(java.util.concurrent.Callable.class, () -> 1, null);",
                        "")
                .header(Constants.EXPORT_PACKAGE, "other.api")
                .code("package other.api; public class Api {}");
        String begin = "org.osgi.framework.ServiceReference<?> callable ="
                + " context.getServiceReference(java.util.concurrent.Callable.class);"
                + " Object held = context.getService(callable);"
                + " context.getService(context.getServiceReference(java.util.concurrent.Executor.class)).execute(() -> {"
                + "  try { Thread.sleep(500); ((java.util.concurrent.Callable<?>) held).call();"
                + "   context.registerService(Runnable.class, () -> {}, null);"
                + "  } catch (Exception e) { " + Journal.class.getName() + ".note(String.valueOf(e)); } });";
        applied(first, Journal.doing("user", "1.0.0", begin, "", "other.api"));
        ServiceReference<Runnable> before = awaitLate();
        Journal.take();

        applied(
                Journal.doing(
                                "other",
                                "2.0.0",
                                "context.registerService(java.util.concurrent.Callable.class, () -> 2, null);",
                                "")
                        .header(Constants.EXPORT_PACKAGE, "other.api")
                        .code("package other.api; public class Api { public int more; }"),
                Journal.doing("user", "1.1.0", begin, "", "other.api"));

        assertThat(Journal.take()).noneMatch(line -> line.contains("Exception"));
        assertThat(mainstay.context().getServiceReference(Runnable.class)).isSameAs(before);
        pool.shutdownNow();
    }

    private static void awaitQuietly(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static TestJar consumer(String version) {
        return Journal.doing(
                        "prov",
                        version,
                        "context.registerService(java.util.function.Consumer.class, new prov.Running(), null);",
                        "")
                .code(
                        "package prov; public class Running implements java.util.function.Consumer<Runnable> { public void accept(Runnable what) { what.run(); } }");
    }
}
