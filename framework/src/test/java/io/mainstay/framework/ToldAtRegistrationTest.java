package io.mainstay.framework;

import static io.mainstay.framework.fixture.AdminConsole.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.fixture.AdminConsole;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * A service that is registered as a managed service beside other types: Configuration Admin sees it go and come, and
 * configures each version, while users of its other types keep it.
 */
@Timeout(90)
class ToldAtRegistrationTest extends FrameworkTest {
    private static final String PID = "org.acme.greeter";
    private static final String NOTE = Journal.class.getName() + ".note";
    private static final String REGISTER = "java.util.Hashtable<String, Object> p = new java.util.Hashtable<>();"
            + " p.put(\"service.pid\", \"" + PID + "\");"
            + " String[] types = { java.util.function.Supplier.class.getName(), \"org.osgi.service.cm.ManagedService\" };"
            + " prov.inside.Managed service = new prov.inside.Managed(); context.registerService(types, %s, p);";
    private static final String ITSELF = REGISTER.formatted("service");
    private static final String BY_A_FACTORY = REGISTER.formatted("new org.osgi.framework.ServiceFactory<Object>() {"
            + " public Object getService(org.osgi.framework.Bundle user, org.osgi.framework.ServiceRegistration<Object> as) { return service; }"
            + " public void ungetService(org.osgi.framework.Bundle user,"
            + " org.osgi.framework.ServiceRegistration<Object> as, Object its) { } }");
    /** What is told comes from another thread, while the change waits for it. */
    private static final String AWAIT = " for (int i = 0; i < 300 && !service.configured; i++) Thread.sleep(10);"
            + " if (!service.configured) throw new IllegalStateException(\"not configured\");";

    private final List<Integer> events = new CopyOnWriteArrayList<>();

    @BeforeEach
    void configurationAdmin() throws Exception {
        applied(change(AdminConsole.bundle()).add(TestJar.with(ConfigurationAdmin.class)));
        ask(mainstay, "update " + PID, new Hashtable<>(Map.of("text", "one")));
        mainstay.context()
                .addServiceListener(
                        event -> events.add(event.getType()),
                        "(" + Constants.OBJECTCLASS + "=java.util.function.Supplier)");
    }

    private static TestJar provider(String version, String start, String... imports) {
        return Journal.doing(
                        "prov",
                        version,
                        start,
                        "",
                        Stream.concat(Stream.of("org.osgi.service.cm"), Stream.of(imports))
                                .toArray(String[]::new))
                .header(Constants.EXPORT_PACKAGE, "prov")
                .code("package prov; public interface Api { }")
                .code("package prov.inside; public class Managed"
                        + " implements java.util.function.Supplier<String>, org.osgi.service.cm.ManagedService {"
                        + " volatile boolean configured; private volatile String text;"
                        + " public String get() { if (\"slow\".equals(Thread.currentThread().getName()))"
                        + " try { Thread.sleep(700); } catch (InterruptedException e) { } return \"" + version
                        + " \" + text; }"
                        + " public void updated(java.util.Dictionary<String, ?> found) {"
                        + "  text = found == null ? null : (String) found.get(\"text\"); configured = true; " + NOTE
                        + "(\"" + version + " configured with \" + text); } }");
    }

    @SuppressWarnings("unchecked")
    private ServiceReference<Supplier<String>> reference() throws Exception {
        return (ServiceReference<Supplier<String>>)
                mainstay.context().getAllServiceReferences(Supplier.class.getName(), "(service.pid=" + PID + ")")[0];
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachVersionIsConfigured_beforeTheChangeIsOver_andUsersSeeItStay(boolean byAFactory) throws Exception {
        String registering = byAFactory ? BY_A_FACTORY : ITSELF;
        applied(provider("1.0.0", registering + AWAIT));
        ServiceReference<Supplier<String>> reference = reference();
        Supplier<String> held = mainstay.context().getService(reference);
        assertThat(held.get()).isEqualTo("1.0.0 one");
        events.clear();
        Callers callers = Callers.start(2, () -> {
            if (!held.get().endsWith(" one")) {
                throw new IllegalStateException("not configured: " + held.get());
            }
        });
        Journal.take();

        for (int version = 1; version <= 5; version++) {
            applied(provider("1." + version + ".0", registering + AWAIT));
        }

        assertThat(callers.end()).isEmpty();
        assertThat(events).isEmpty();
        assertThat((Object) reference()).isSameAs(reference);
        assertThat(Journal.take()).contains("1.1.0 configured with one", "1.5.0 configured with one");
        assertThat(held.get()).isEqualTo("1.5.0 one");
        assertThat(liveReport().live())
                .filteredOn(one -> one.label().startsWith("prov "))
                .allSatisfy(one -> assertThat(one.passing()).isEmpty())
                .hasSize(1);
        ask(mainstay, "update " + PID, new Hashtable<>(Map.of("text", "two")));
        while (!held.get().equals("1.5.0 two")) {
            Thread.sleep(5); // it comes by a thread of Configuration Admin
        }
    }

    @Test
    void versionThatFails_isTakenBack_andTheOldOneConfigured() throws Exception {
        applied(provider("1.0.0", ITSELF + AWAIT));
        Supplier<String> held = mainstay.context().getService(reference());
        events.clear();
        Journal.take();

        DeployResult result =
                commit(provider("2.0.0", ITSELF + AWAIT + " if (true) throw new IllegalStateException(\"no\");"));

        assertThat(result.cause().orElseThrow().toString()).contains("no");
        assertThat(held.get()).isEqualTo("1.0.0 one");
        assertThat(events).isEmpty();
        assertThat(Journal.take())
                .containsSubsequence(
                        "start prov 2.0.0",
                        "2.0.0 configured with one",
                        "start prov 1.0.0",
                        "1.0.0 configured with one");
    }

    /** What follows needs that thread of Configuration Admin which comes to the old code in the midst of the change. */
    @Test
    void configurationThatComesWhileCallsAreDrained_holdsUpNobody() throws Exception {
        TestJar first = first("1.0.0");
        applied(first, provider("1.0.0", ITSELF, "first").seeing(first));
        Supplier<String> held = mainstay.context().getService(reference());
        Thread slow = new Thread(held::get, "slow"); // the drain waits for it
        slow.start();
        Callers admin = Callers.start(1, () -> {
            boolean draining = Thread.getAllStackTraces().values().stream()
                    .flatMap(Arrays::stream)
                    .anyMatch(frame -> frame.getClassName().endsWith("durable.Drain"));
            if (draining) {
                ask(mainstay, "update " + PID, new Hashtable<>(Map.of("text", "two")));
            }
        });

        applied(first("1.1.0"));

        assertThat(admin.end()).isEmpty();
        slow.join();
        while (!held.get().equals("1.0.0 two")) {
            Thread.sleep(5); // it comes by a thread of Configuration Admin
        }
    }

    private static TestJar first(String version) {
        return configured("first", version)
                .header(Constants.EXPORT_PACKAGE, "first")
                .code("package first; public interface Api { }");
    }

    private static TestJar configured(String name, String version, String... imports) {
        return Journal.doing(
                name,
                version,
                "java.util.Hashtable<String, Object> p = new java.util.Hashtable<>(); p.put(\"service.pid\", \"" + name
                        + "\"); boolean[] done = new boolean[1];"
                        + " context.registerService(org.osgi.service.cm.ManagedService.class, found -> { done[0] = true; }, p);"
                        + " for (int i = 0; i < 300 && !done[0]; i++) Thread.sleep(10);"
                        + " if (!done[0]) throw new IllegalStateException(\"not configured: " + name + "\");",
                "",
                Stream.concat(Stream.of("org.osgi.service.cm"), Stream.of(imports))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "(service.pid=*)", "(&(objectClass=*)(service.pid=" + PID + "))"})
    void whoMayListenForIt_isTold(String filter) throws Exception {
        applied(provider("1.0.0", ITSELF));
        List<Integer> heard = new CopyOnWriteArrayList<>();
        ServiceReference<?> reference = reference();
        mainstay.context()
                .addServiceListener(
                        (AllServiceListener) event -> {
                            if (event.getServiceReference() == reference) {
                                heard.add(event.getType());
                            }
                        },
                        filter.isEmpty() ? null : filter);

        applied(provider("1.1.0", ITSELF));

        assertThat(heard).containsExactly(ServiceEvent.UNREGISTERING, ServiceEvent.REGISTERED);
    }

    /** What Configuration Admin has another one configure meanwhile does not wait for it. */
    @Test
    void whatIsConfiguredOnlyAfterIt_isNotHeldUp() throws Exception {
        TestJar other = configured("other", "1.0.0", "prov");
        applied(provider("1.0.0", ITSELF), other);

        applied(change(provider("1.1.0", ITSELF), other.header("X", "y")));
    }
}
