package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/** Whoever holds a service goes on while the bundle behind it is replaced. */
@Timeout(120)
@SuppressWarnings({"unchecked", "try"}) // services are looked up by the names of generic types
class ServicesStayTest extends FrameworkTest {

    /** A service that says its version, and fails if it is called before its bundle's start or after its stop. */
    private static TestJar provider(String version) {
        return Journal.doing(
                        "provider",
                        version,
                        "provider.Service.live = true; context.registerService("
                                + "java.util.function.UnaryOperator.class, new provider.Service(), null);",
                        "provider.Service.live = false;")
                .code("package provider; public class Service implements java.util.function.UnaryOperator<String> {"
                        + " public static volatile boolean live;"
                        + " public String apply(String what) {"
                        + "  if (!live) throw new IllegalStateException(\"not live\");"
                        + "  String said = what + \" " + version + "\";"
                        + "  if (!live) throw new IllegalStateException(\"no longer live\");"
                        + "  return said; } }");
    }

    @Test
    void callersAtFullSpeed_failNever_andNobodyIsTold() throws Exception {
        commit(provider("1.0.0"));
        ServiceReference<?> reference = mainstay.context().getServiceReference(UnaryOperator.class);
        UnaryOperator<String> service =
                (UnaryOperator<String>) mainstay.context().getService(reference);
        assertThat(service.apply("hello")).isEqualTo("hello 1.0.0");
        assertThat(reference.getBundle().getSymbolicName()).isEqualTo("provider");
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        mainstay.context().addServiceListener((AllServiceListener)
                event -> events.add(event.getType() + " " + event.getServiceReference()));
        Callers callers = Callers.start(3, () -> service.apply("x"));

        for (int i = 1; i <= 20; i++) {
            DeployResult result = commit(provider("1.0." + i));
            assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.APPLIED);
            assertThat(service.apply("now")).isEqualTo("now 1.0." + i);
            assertThat(mainstay.context().getServiceReference(UnaryOperator.class))
                    .isSameAs(reference);
        }

        assertThat(callers.end()).isEmpty();
        assertThat(callers.calls()).isPositive();
        assertThat(events).isEmpty();
        assertThat(mainstay.context().getService(reference)).isSameAs(service);
    }

    private static TestJar factory(String version, boolean prototype) {
        String type = prototype ? "PrototypeServiceFactory" : "ServiceFactory";
        return Journal.doing(
                        "factory",
                        version,
                        "context.registerService(\"java.util.function.UnaryOperator\", new factory.Maker(), null);",
                        "")
                .code("package factory; import org.osgi.framework.*; public class Maker implements " + type
                        + "<java.util.function.UnaryOperator<String>> {"
                        + " public java.util.function.UnaryOperator<String> getService(Bundle b,"
                        + " ServiceRegistration<java.util.function.UnaryOperator<String>> r) {"
                        + "  r.getReference();"
                        + "  " + Journal.class.getName() + ".note(\"make " + version + "\");"
                        + "  return new One(); }"
                        + " public void ungetService(Bundle b,"
                        + " ServiceRegistration<java.util.function.UnaryOperator<String>> r,"
                        + " java.util.function.UnaryOperator<String> s) { " + Journal.class.getName()
                        + ".note(\"unmake " + version + "\"); }"
                        + " static class One implements java.util.function.UnaryOperator<String> {"
                        + "  int calls; public String apply(String x) { return x + \" " + version
                        + " \" + ++calls; } } }");
    }

    @Test
    void bundleScope_staysOneObjectForEachUser() throws Exception {
        commit(factory("1.0.0", false));
        ServiceReference<?> reference = mainstay.context().getServiceReference(UnaryOperator.class);
        assertThat(reference.getProperty("service.scope")).isEqualTo("bundle");
        UnaryOperator<String> service =
                (UnaryOperator<String>) mainstay.context().getService(reference);
        assertThat(service.apply("a")).isEqualTo("a 1.0.0 1");
        assertThat(service.apply("a")).isEqualTo("a 1.0.0 2");
        Journal.take();

        commit(factory("1.1.0", false));

        assertThat(service.apply("a")).isEqualTo("a 1.1.0 1");
        assertThat(mainstay.context().getService(reference)).isSameAs(service);
        assertThat(Journal.take())
                .containsExactly("stop factory 1.0.0", "unmake 1.0.0", "start factory 1.1.0", "make 1.1.0");
    }

    @Test
    void prototypes_stayApart() throws Exception {
        commit(factory("1.0.0", true));
        ServiceReference<UnaryOperator<String>> reference = (ServiceReference<UnaryOperator<String>>)
                (ServiceReference<?>) mainstay.context().getServiceReference(UnaryOperator.class);
        assertThat(reference.getProperty("service.scope")).isEqualTo("prototype");
        ServiceObjects<UnaryOperator<String>> objects = mainstay.context().getServiceObjects(reference);
        UnaryOperator<String> one = objects.getService();
        UnaryOperator<String> two = objects.getService();
        assertThat(one).isNotSameAs(two);
        one.apply("a");
        assertThat(one.apply("a") + two.apply("a")).isEqualTo("a 1.0.0 2a 1.0.0 1");

        commit(factory("1.1.0", true));

        one.apply("a");
        assertThat(one.apply("a") + two.apply("a")).isEqualTo("a 1.1.0 2a 1.1.0 1");
        objects.ungetService(one);
        objects.ungetService(two);
        assertThat(Journal.take()).endsWith("unmake 1.1.0", "unmake 1.1.0");
    }

    private static TestJar with(String version, String registration, String... code) {
        return Journal.doing("with", version, registration, "").code(code);
    }

    @Test
    void changedProperties_areAllThatIsTold() throws Exception {
        String register = "context.registerService(Runnable.class, () -> {},"
                + " new java.util.Hashtable<>(java.util.Map.of(\"speed\", %s)));";
        commit(with("1.0.0", String.format(register, "1")));
        List<String> events = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event ->
                events.add(event.getType() + " " + event.getServiceReference().getProperty("speed")));

        commit(with("1.1.0", String.format(register, "1")));
        assertThat(events).isEmpty();
        commit(with("1.2.0", String.format(register, "2")));
        assertThat(events).containsExactly(ServiceEvent.MODIFIED + " 2");
    }

    private static String twoWithSpeed(String speed) {
        String properties = "new java.util.Hashtable<>(java.util.Map.of(\"speed\", " + speed + "))";
        return "context.registerService(Runnable.class, () -> {}, " + properties + ");"
                + " context.registerService(java.util.function.Supplier.class, () -> " + speed + ", " + properties
                + ");";
    }

    /** Who was told when the first of them is back would find the other one missing. */
    @Test
    void whoIsToldOfChangedProperties_canCallAllServicesOfTheChange() throws Exception {
        commit(with("1.0.0", twoWithSpeed("1")));
        Runnable first = mainstay.context().getService(mainstay.context().getServiceReference(Runnable.class));
        Supplier<?> second = mainstay.context().getService(mainstay.context().getServiceReference(Supplier.class));
        List<Object> told = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> {
            first.run();
            told.add(event.getServiceReference().getProperty("speed") + " " + second.get());
        });

        commit(with("1.1.0", twoWithSpeed("2")));

        assertThat(told).containsExactly("2 2", "2 2");
        assertThat(mainstay.context().getServiceReferences(Supplier.class, "(speed=2)"))
                .hasSize(1);
    }

    @Test
    void propertiesOfAVersionThatIsTakenBack_areToldNobody() throws Exception {
        commit(with("1.0.0", twoWithSpeed("1")));
        List<Integer> events = new ArrayList<>();
        mainstay.context().addServiceListener(event -> events.add(event.getType()), "(speed=1)");

        DeployResult result =
                commit(with("2.0.0", twoWithSpeed("2") + " if (true) throw new IllegalStateException(\"no\");"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(events).isEmpty();
        assertThat(mainstay.context().getServiceReferences(Supplier.class, "(speed=1)"))
                .hasSize(1);
    }

    @Test
    void propertiesThatAProviderChangesInItsStart_areToldOnce() throws Exception {
        String register =
                "java.util.Hashtable<String, Object> p = new java.util.Hashtable<>(java.util.Map.of(\"speed\", %s));"
                        + " org.osgi.framework.ServiceRegistration<?> as = context.registerService(Runnable.class, () -> {}, p);";
        commit(with("1.0.0", String.format(register, "1")));
        List<Object> told = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener)
                event -> told.add(event.getServiceReference().getProperty("speed")));

        commit(with("1.1.0", String.format(register, "2") + " p.put(\"speed\", 3); as.setProperties(p);"));

        assertThat(told).containsExactly(3);
    }

    /** All by the same dictionary, as many do it. */
    private static String speaking(int version, String... languages) {
        StringBuilder code = new StringBuilder("java.util.Hashtable<String, Object> p = new java.util.Hashtable<>();"
                + " p.put(\"version\", " + version + ");");
        for (String language : languages) {
            code.append(" p.put(\"lang\", \"" + language + "\");"
                    + " context.registerService(java.util.function.Supplier.class, () -> \"" + language + "\", p);");
        }
        return code.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void newService_registeredBeforeOneThatWasThere_doesNotTakeItsPlace(int version) throws Exception {
        commit(with("1.0.0", speaking(1, "en")));
        ServiceReference<?> english = mainstay.context().getServiceReference(Supplier.class);
        Supplier<?> held = (Supplier<?>) mainstay.context().getService(english);
        List<String> events = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event ->
                events.add(event.getType() + " " + event.getServiceReference().getProperty("lang")));

        Callers callers = Callers.start(1, () -> assertThat(held.get()).isEqualTo("en"));

        commit(with("1.1.0", speaking(version, "de", "en", "fr")));

        assertThat(callers.end()).isEmpty();
        assertThat(held.get()).isEqualTo("en");
        assertThat(english.getProperty("lang")).isEqualTo("en");
        assertThat(events)
                .containsOnlyOnce(ServiceEvent.REGISTERED + " de", ServiceEvent.REGISTERED + " fr")
                .hasSize(1 + version);
        assertThat(version == 1 || events.contains(ServiceEvent.MODIFIED + " en"))
                .isTrue();
        for (ServiceReference<?> one : mainstay.context().getServiceReferences(Supplier.class, null)) {
            assertThat(((Supplier<?>) mainstay.context().getService(one)).get()).isEqualTo(one.getProperty("lang"));
        }

        commit(with("2.0.0", speaking(3, "it", "de") + " if (true) throw new IllegalStateException(\"no\");"));

        assertThat(held.get()).isEqualTo("en");
        assertThat(mainstay.context().getServiceReferences(Supplier.class, "(version=" + version + ")"))
                .hasSize(3);
        commit(with("3.0.0", speaking(3, "it", "en")));
        assertThat(held.get()).isEqualTo("en");
        assertThat(mainstay.context().getServiceReferences(Supplier.class, null))
                .hasSize(2);
    }

    @Test
    void providerThatIsRemoved_orOffersLess_isToldByTheRightEvents() throws Exception {
        commit(with(
                "1.0.0",
                "context.registerService(new String[] {\"java.lang.Runnable\", \"java.io.Closeable\"},"
                        + " new with.Both(), null);",
                "package with; public class Both implements Runnable, java.io.Closeable {"
                        + " public void run() {} public void close() {} }"));
        ServiceReference<?> reference = mainstay.context().getServiceReference(java.io.Closeable.class);
        java.io.Closeable held = (java.io.Closeable) mainstay.context().getService(reference);
        held.close();
        List<String> events = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType() + " "
                + String.join(",", (String[]) event.getServiceReference().getProperty("objectClass"))));

        commit(with("1.1.0", "context.registerService(Runnable.class, () -> {}, null);"));

        assertThat(events).containsExactly("1 java.lang.Runnable", "4 java.lang.Runnable,java.io.Closeable");
        assertThatThrownBy(held::close)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.getType()).isEqualTo(ServiceException.UNREGISTERED))
                .hasMessageContaining("with");
        events.clear();

        mainstay.commit(Change.by("test").remove("with").build());

        assertThat(events).containsExactly("4 java.lang.Runnable");
    }

    /** Exports a type, offers a service of it, and looks for all services of it when it starts. */
    private static TestJar owner(String version) {
        return Journal.doing(
                        "owner",
                        version,
                        "for (org.osgi.framework.ServiceReference<owner.Type> r :"
                                + " context.getServiceReferences(owner.Type.class, null))"
                                + " { owner.Type t = context.getService(r); t.say(); }"
                                + " context.registerService(owner.Type.class, () -> \"" + version + "\", null);",
                        "")
                .header("Export-Package", "owner")
                .code("package owner; public interface Type { String say(); }");
    }

    @Test
    void typeWhoseExporterIsReset_isAnotherType() throws Exception {
        TestJar user = Journal.doing(
                        "user",
                        "1.0.0",
                        "context.registerService(owner.Type.class, () -> \"user\", null);",
                        "",
                        "owner")
                .seeing(owner("1.0.0"));
        commit(owner("1.0.0"), user);
        List<String> events = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(
                event.getType() + " " + event.getServiceReference().getBundle().getSymbolicName()));

        DeployResult result = commit(owner("1.1.0"));

        assertThat(result.cause()).isEmpty();
        assertThat(result.outcome()).isEqualTo(Result.APPLIED);
        assertThat(events).containsExactly("4 user", "4 owner", "1 owner", "1 user");
    }

    @Test
    void classTypedServices_andThoseMarked_passThrough() throws Exception {
        commit(with(
                "1.0.0",
                "context.registerService(\"with.Thing\", new with.Thing(), null);"
                        + " context.registerService(Runnable.class, new with.Thing(),"
                        + " new java.util.Hashtable<>(java.util.Map.of(\"mainstay.durable\", \"false\")));",
                "package with; public class Thing implements Runnable { public void run() {} }"));

        ServiceReference<?> thing = mainstay.context().getServiceReference("with.Thing");
        ServiceReference<?> marked = mainstay.context().getServiceReference(Runnable.class);
        assertThat(mainstay.context().getService(thing).getClass().getName()).isEqualTo("with.Thing");
        assertThat(mainstay.context().getService(marked).getClass().getName()).isEqualTo("with.Thing");
    }

    @Test
    void exception_comesAsThrown_withOneFrameMore() throws Exception {
        commit(
                with(
                        "1.0.0",
                        "context.registerService(java.io.Closeable.class, new with.Bad(), null);",
                        "package with; public class Bad implements java.io.Closeable {"
                                + " public void close() throws java.io.IOException { throw new java.io.IOException(\"bad\"); } }"));
        java.io.Closeable service =
                mainstay.find(java.io.Closeable.class, Duration.ofSeconds(5)).orElseThrow();

        assertThatThrownBy(service::close)
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("bad")
                .satisfies(e -> {
                    StackTraceElement[] stack = e.getStackTrace();
                    assertThat(stack[0].getClassName()).isEqualTo("with.Bad");
                    assertThat(stack[1].getClassName()).startsWith("io.mainstay.stable.");
                    assertThat(stack[2].getClassName()).startsWith("org.assertj");
                });
    }

    @Test
    void packagePrivateInterface_works() throws Exception {
        commit(with(
                "1.0.0",
                "with.Holder.register(context);",
                "package with; interface Secret { String say(); default String twice() { return say() + say(); } }",
                "package with; public class Holder {"
                        + " public static void register(org.osgi.framework.BundleContext c) {"
                        + "  c.registerService(Secret.class, () -> \"one\", null); }"
                        + " public static String say(Object service) { return ((Secret) service).twice(); } }"));
        Class<?> holder = mainstay.context().getBundle("mainstay:with").loadClass("with.Holder");
        Object service =
                mainstay.context().getService(mainstay.context().getAllServiceReferences("with.Secret", null)[0]);

        assertThat(holder.getMethod("say", Object.class).invoke(null, service)).isEqualTo("oneone");
        assertThat(service.getClass().getName()).contains("$Stable");
    }

    /** Its class is in the bundle's own loader, which lets go of none as long as the bundle lives. */
    @Test
    void packagePrivateInterface_thatIsRegisteredAgainAndAgain_needsOneClass() throws Exception {
        commit(
                with(
                        "1.0.0",
                        "",
                        "package with; interface Secret { String say(); }",
                        "package with; public class Holder {"
                                + " public static org.osgi.framework.ServiceRegistration<?> register(org.osgi.framework.BundleContext c, String word, boolean made) {"
                                + "  return made ? c.registerService(Secret.class, new Making(word), null)"
                                + "   : c.registerService(Secret.class, () -> word, null); }"
                                + " public static String say(Object service) { return ((Secret) service).say(); } }",
                        "package with; class Making implements org.osgi.framework.ServiceFactory<Secret> {"
                                + " private final String word; Making(String word) { this.word = word; }"
                                + " public Secret getService(org.osgi.framework.Bundle user, org.osgi.framework.ServiceRegistration<Secret> as) { return () -> word; }"
                                + " public void ungetService(org.osgi.framework.Bundle user, org.osgi.framework.ServiceRegistration<Secret> as, Secret made) { } }"));
        Bundle bundle = mainstay.context().getBundle("mainstay:with");
        Class<?> holder = bundle.loadClass("with.Holder");
        Set<Class<?>> classes = new HashSet<>();
        List<Object> said = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ServiceRegistration<?> registration = (ServiceRegistration<?>)
                    holder.getMethod("register", BundleContext.class, String.class, boolean.class)
                            .invoke(null, bundle.getBundleContext(), "word " + i, i % 2 == 1);
            Object service = mainstay.context().getService(registration.getReference());
            classes.add(service.getClass());
            said.add(holder.getMethod("say", Object.class).invoke(null, service));
            registration.unregister();
        }

        assertThat(classes).hasSize(1);
        assertThat(said).containsExactly("word 0", "word 1", "word 2", "word 3", "word 4", "word 5");
    }

    @Test
    void callThatDoesNotEnd_isNamed_andTheChangeTakenBack() throws Exception {
        String hang = "java.util.concurrent.locks.LockSupport.park();"
                + " while (!Thread.currentThread().isInterrupted()) java.util.concurrent.locks.LockSupport.park();";
        commit(with(
                "1.0.0",
                "context.registerService(Runnable.class, new with.Slow(), null);",
                "package with; public class Slow implements Runnable { public void run() { " + hang + " } }"));
        Runnable service = mainstay.find(Runnable.class, Duration.ofSeconds(5)).orElseThrow();
        Thread caller = new Thread(service::run, "slow-caller");
        caller.start();
        while (caller.getState() != Thread.State.WAITING) {
            Thread.sleep(5);
        }

        DeployResult result = commit(with("1.1.0", "context.registerService(Runnable.class, () -> {}, null);"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow()).contains("slow-caller", "with.Slow.run");
        assertThat(mainstay.context().getBundle("mainstay:with").getVersion()).hasToString("1.0.0");
        caller.interrupt();
        caller.join();
        assertThat(commit(with("1.2.0", "context.registerService(Runnable.class, () -> {}, null);"))
                        .outcome())
                .isEqualTo(Result.APPLIED);
        service.run();
    }

    @Test
    void callThatDoesNotEnd_isLeftBehind_whereThatIsWanted() throws Exception {
        mainstay.close();
        properties.put(Settings.DRAIN_EXPIRED, "force");
        properties.put(Settings.DRAIN_LIMIT, "200");
        mainstay = Mainstay.open(properties).start();
        java.util.concurrent.CountDownLatch within = new java.util.concurrent.CountDownLatch(1);
        java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);
        commit(with(
                "1.0.0",
                "context.registerService(java.util.function.Consumer.class, new with.Calling(), null);",
                "package with; public class Calling implements java.util.function.Consumer<Runnable> {"
                        + " public void accept(Runnable r) { r.run(); } }"));
        java.util.function.Consumer<Runnable> service = mainstay.find(
                        java.util.function.Consumer.class, Duration.ofSeconds(5))
                .orElseThrow();
        Thread caller = new Thread(() -> service.accept(() -> {
            within.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        caller.start();
        within.await();

        DeployResult result = commit(with(
                "1.1.0",
                "context.registerService(java.util.function.Consumer.class,"
                        + " (java.util.function.Consumer<Runnable>) r -> {}, null);"));

        assertThat(result.cause()).isEmpty();
        assertThat(result.outcome()).isEqualTo(Result.APPLIED);
        go.countDown();
        caller.join();
    }

    @Test
    void changeThatFails_leavesCallersWhereTheyWere() throws Exception {
        commit(provider("1.0.0"));
        UnaryOperator<String> service =
                mainstay.find(UnaryOperator.class, Duration.ofSeconds(5)).orElseThrow();
        List<String> events = new ArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add("" + event.getType()));

        DeployResult result = commit(
                provider("1.1.0"), Journal.doing("bad", "1.0.0", "throw new IllegalStateException(\"no\");", ""));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(service.apply("a")).isEqualTo("a 1.0.0");
        assertThat(events).isEmpty();
    }

    @Test
    void waitForAChangeThatFails_isCounted_thoughItEndsOnTheWayBack() throws Exception {
        commit(provider("1.0.0"));
        UnaryOperator<String> service =
                mainstay.find(UnaryOperator.class, Duration.ofSeconds(5)).orElseThrow();
        Callers callers = Callers.start(1, () -> service.apply("x"));

        DeployResult failed = commit(
                provider("1.1.0"),
                Journal.doing("bad", "1.0.0", "Thread.sleep(1_000); throw new IllegalStateException(\"no\");", ""));

        assertThat(callers.end()).isEmpty();
        assertThat(failed.outcome()).isEqualTo(Result.FAILED);
        assertThat(failed.continuity().orElseThrow().waited()).isPositive();
        assertThat(failed.continuity().orElseThrow().failed()).isZero();
        assertThat(failed.continuity().orElseThrow().longestWaitMillis()).isGreaterThan(500);
    }

    @Test
    void changeFromWithinACall_isMade() throws Exception {
        commit(with(
                "1.0.0",
                "context.registerService(UnaryOperatorOfRunnable.TYPE, new with.Calling(), null);"
                        .replace("UnaryOperatorOfRunnable.TYPE", "java.util.function.Consumer.class"),
                "package with; public class Calling implements java.util.function.Consumer<Runnable> {"
                        + " public void accept(Runnable r) { r.run(); } }"));
        java.util.function.Consumer<Runnable> service = mainstay.find(
                        java.util.function.Consumer.class, Duration.ofSeconds(5))
                .orElseThrow();
        List<DeployResult> results = new ArrayList<>();

        service.accept(() -> {
            try {
                results.add(commit(with(
                        "1.1.0",
                        "context.registerService(java.util.function.Consumer.class,"
                                + " (java.util.function.Consumer<Runnable>) r -> {}, null);")));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(results.get(0).cause()).isEmpty();
        assertThat(results.get(0).outcome()).isEqualTo(Result.APPLIED);
        service.accept(() -> {
            throw new IllegalStateException("the new one does not call");
        });
    }
}
