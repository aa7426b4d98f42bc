package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.util.tracker.ServiceTracker;

/** Who calls a service when there is nothing behind it neither waits for himself, nor gets somebody else. */
@Timeout(120)
@SuppressWarnings({"unchecked", "rawtypes"}) // services are looked up by the names of generic types
class WrongMomentsTest extends FrameworkTest {
    /** Shorter than what a caller waits that nobody can help. */
    private static final long QUICK_MILLIS = 3_000;

    private static TestJar languages(String version, String... languages) {
        StringBuilder start = new StringBuilder();
        for (String language : languages) {
            start.append("context.registerService(java.util.function.UnaryOperator.class, x -> \"" + language + " "
                    + version + "\", new java.util.Hashtable<>(java.util.Map.of(\"lang\", \"" + language + "\")));");
        }
        return Journal.doing("languages", version, start.toString(), "");
    }

    private UnaryOperator<String> language(String name) throws Exception {
        ServiceReference<UnaryOperator> reference = mainstay.context()
                .getServiceReferences(UnaryOperator.class, "(lang=" + name + ")")
                .iterator()
                .next();
        return mainstay.context().getService(reference);
    }

    @Test
    void serviceThatIsGone_isNotAnsweredByItsSibling_andStillHasAName() throws Exception {
        applied(languages("1.0.0", "en", "de"));
        UnaryOperator<String> en = language("en");
        UnaryOperator<String> de = language("de");
        assertThat(de.apply("")).isEqualTo("de 1.0.0");

        applied(languages("1.1.0", "en"));

        assertThat(en.apply("")).isEqualTo("en 1.1.0");
        assertThatThrownBy(() -> de.apply(""))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("is gone");
        assertThat(de).hasToString("java.util.function.UnaryOperator of languages, gone");
    }

    @Test
    void goodbyeToADroppedService_holdsUpNobody() throws Exception {
        applied(languages("1.0.0", "en", "de"));
        AtomicReference<String> said = new AtomicReference<>();
        ServiceTracker<UnaryOperator, UnaryOperator> tracker =
                new ServiceTracker<>(mainstay.context(), UnaryOperator.class, null) {
                    @Override
                    public void removedService(ServiceReference<UnaryOperator> reference, UnaryOperator service) {
                        try {
                            said.set("" + service + service.apply(""));
                        } catch (ServiceException e) {
                            said.set(e.getMessage());
                        }
                    }
                };
        tracker.open();

        DeployResult result = applied(languages("1.1.0", "en"));
        tracker.close();

        assertThat(said.get()).isNotNull();
        assertThat(result.continuity().orElseThrow().longestWaitMillis()).isLessThan(QUICK_MILLIS);
    }

    @Test
    void listenerThatCallsWhatIsBeingReplaced_isToldSo_andHoldsUpNobody() throws Exception {
        applied(languages("1.0.0", "en"));
        UnaryOperator<String> en = language("en");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        SynchronousBundleListener listener = event -> {
            try {
                en.apply("");
            } catch (ServiceException e) {
                failure.set(e);
            }
        };
        mainstay.context().addBundleListener(listener);

        DeployResult result = applied(languages("1.1.0", "en"));
        mainstay.context().removeBundleListener(listener);

        assertThat(failure.get()).hasMessageContaining("the thread that asks is replacing it");
        assertThat(result.continuity().orElseThrow().longestWaitMillis()).isLessThan(QUICK_MILLIS);
        assertThat(en.apply("")).isEqualTo("en 1.1.0");
    }

    @Test
    void providersOwnBundle_hasItsOwnObject() throws Exception {
        applied(Journal.doing(
                "own",
                "1.0.0",
                "Runnable mine = () -> {}; context.registerService(Runnable.class, mine, null);"
                        + Journal.class.getName() + ".note(\"own \" + (mine =="
                        + " context.getService(context.getServiceReference(Runnable.class))));",
                ""));

        assertThat(Journal.take()).contains("own true");
        assertThat(mainstay.find(Runnable.class, Duration.ofSeconds(1))
                        .orElseThrow()
                        .getClass()
                        .getName())
                .contains("$Stable");
    }

    @Test
    void oneObjectForAllUsers_isOneStableObjectForAll() throws Exception {
        String get = "Object got = context.getService(context.getServiceReference(\"java.util.concurrent.Callable\"));"
                + "java.util.Objects.requireNonNull(got); System.getProperties().put(\"test.got.%s\", got);";
        applied(
                callable("1.0.0"),
                Journal.doing("one", "1.0.0", get.formatted("one"), ""),
                Journal.doing("two", "1.0.0", get.formatted("two"), ""));
        try {
            Object one = System.getProperties().get("test.got.one");
            assertThat(one).isSameAs(System.getProperties().get("test.got.two"));

            applied(callable("1.1.0"));

            assertThat(((Callable<?>) one).call()).isEqualTo("1.1.0");
        } finally {
            System.getProperties().remove("test.got.one");
            System.getProperties().remove("test.got.two");
        }
    }

    private static TestJar callable(String version) {
        return Journal.doing(
                "callable",
                version,
                "java.util.concurrent.Callable<String> all = () -> \"" + version + "\";"
                        + " context.registerService(\"java.util.concurrent.Callable\","
                        + " new org.osgi.framework.ServiceFactory<Object>() {"
                        + "  public Object getService(org.osgi.framework.Bundle b,"
                        + "   org.osgi.framework.ServiceRegistration<Object> r) { return all; }"
                        + "  public void ungetService(org.osgi.framework.Bundle b,"
                        + "   org.osgi.framework.ServiceRegistration<Object> r, Object s) { } }, null);",
                "");
    }

    @Test
    void servicesThatAreLookedAtByTheirClass_passThrough() throws Exception {
        applied(Journal.doing(
                        "looked",
                        "1.0.0",
                        "java.util.Hashtable<String, Object> command = new java.util.Hashtable<>();"
                                + "command.put(\"osgi.command.function\", \"run\");"
                                + "command.put(\"osgi.command.scope\", \"test\");"
                                + "context.registerService(Runnable.class, () -> {}, command);"
                                + "context.registerService(looked.ThingMBean.class, new looked.Thing(), null);",
                        "")
                .code(
                        "package looked; public interface ThingMBean { int getSize(); }",
                        "package looked; public class Thing implements ThingMBean {"
                                + " public int getSize() { return 1; } }"));

        assertThat(liveReport().live().get(0).passing())
                .isEqualTo(Map.of(
                        "java.lang.Runnable", "its users look at its class",
                        "looked.ThingMBean", "its users look at its class"));
    }

    @Test
    void deployFromWithinAStart_isRefusedAtOnce() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable deploy = () -> {
            try {
                mainstay.commit(Change.by("test")
                        .add(Journal.bundle("more", "1.0.0").checked())
                        .build());
            } catch (Exception e) {
                failure.set(e);
            }
        };
        mainstay.context().registerService(Runnable.class, deploy, null);

        applied(Journal.doing(
                "deployer", "1.0.0", "context.getService(context.getServiceReference(Runnable.class)).run();", ""));

        assertThat(failure.get())
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("each would wait for the other");
    }

    @Test
    void manyServices_areReplacedBeforeCallersLosePatience() throws Exception {
        String many = "for (int i = 0; i < 3000; i++) context.registerService(java.util.function.UnaryOperator.class,"
                + " x -> \"%s\", new java.util.Hashtable<>(java.util.Map.of(\"lang\", \"l\" + i)));";
        applied(Journal.doing("languages", "1.0.0", many.formatted("1.0.0"), ""));
        UnaryOperator<String> last = language("l2999");

        DeployResult result = applied(Journal.doing("languages", "1.1.0", many.formatted("1.1.0"), ""));

        assertThat(last.apply("")).isEqualTo("1.1.0");
        assertThat(result.continuity().orElseThrow().failed()).isZero();
    }

    @Test
    void failedChange_leavesReferencesToWhatTheyWere() throws Exception {
        applied(languages("1.0.0", "en"), Journal.bundle("late", "1.0.0"));
        UnaryOperator<String> en = language("en");
        ServiceReference<?> reference = mainstay.context().getServiceReference(UnaryOperator.class);

        DeployResult result = mainstay.commit(Change.by("test")
                .add(languages("1.1.0", "de", "en").checked())
                .add(Journal.doing("late", "1.1.0", "if (true) throw new Exception(\"no\");", "")
                        .checked())
                .build());

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(mainstay.context().getServiceReference(UnaryOperator.class)).isSameAs(reference);
        assertThat(reference.getProperty("lang")).isEqualTo("en");
        assertThat(en.apply("")).isEqualTo("en 1.0.0");
    }
}
