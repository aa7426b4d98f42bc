package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** Users begin and end the life cycle of a servlet in any moment of a change: none of it is lost, and nothing is left begun. */
@Timeout(60)
class LifecyclesTest extends FrameworkTest {
    private static final String SERVLET = "jakarta.servlet.Servlet";
    private static final String REGISTERS =
            "context.registerService(jakarta.servlet.Servlet.class, new prov.Page(), null);";
    private static final String SLOWLY = "try { Thread.sleep(300); } catch (InterruptedException e) { }";

    private final TestJar api = TestJar.bundle("jakarta.servlet", "6.0.0")
            .header(Constants.EXPORT_PACKAGE, "jakarta.servlet;version=6.0")
            .code(
                    "package jakarta.servlet; public interface ServletConfig { String getServletName(); }",
                    "package jakarta.servlet; public interface Servlet {"
                            + " void init(ServletConfig config); String service(String request); void destroy(); }");
    /** All that was noted so far. */
    private final List<String> seen = new CopyOnWriteArrayList<>();

    private TestJar servlet(String version, String init, String service) {
        return servlet(version, REGISTERS, init, service);
    }

    private TestJar servlet(String version, String registers, String init, String service) {
        String noting = Journal.class.getName() + ".note";
        return Journal.doing("prov", version, registers, "", "jakarta.servlet")
                .seeing(api)
                .code("package prov; public class Page implements jakarta.servlet.Servlet {"
                        + " private final java.util.Set<String> begun = new java.util.concurrent.ConcurrentSkipListSet<>();"
                        + " public void init(jakarta.servlet.ServletConfig config) { String name = config.getServletName();"
                        + noting + "(\"init " + version + " \" + name);" + init + " begun.add(name); }"
                        + " public String service(String request) {" + service + " return \"" + version
                        + " \" + begun; }"
                        + " public void destroy() {" + noting + "(\"destroy " + version + "\"); } }");
    }

    private Object servlet() {
        ServiceReference<?> reference = mainstay.context().getServiceReference(SERVLET);
        return mainstay.context().getService(reference);
    }

    private Object config(String name) throws Exception {
        Class<?> type =
                mainstay.context().getBundle("mainstay:jakarta.servlet").loadClass("jakarta.servlet.ServletConfig");
        return Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> name;
                });
    }

    private static Object call(Object servlet, String name, Object... arguments) throws Exception {
        for (Class<?> type : servlet.getClass().getInterfaces()) {
            for (Method method : type.getMethods()) {
                if (method.getName().equals(name)) {
                    try {
                        return method.invoke(servlet, arguments);
                    } catch (InvocationTargetException e) {
                        throw new IllegalStateException(e.getCause());
                    }
                }
            }
        }
        throw new AssertionError(name);
    }

    private void awaitNoted(String line) throws InterruptedException {
        for (int i = 0; i < 5_000 && !seen.contains(line); i++) {
            Thread.sleep(2); // a note tells nobody that it is there
            seen.addAll(Journal.take());
        }
        assertThat(seen).contains(line);
    }

    /** Something that goes on beside; it is to come to its end without a failure. */
    private final class Beside {
        private final List<Throwable> failures = new ArrayList<>();
        private final Thread thread;
        private volatile boolean held;

        Beside(String after, String what, Object servlet, Object... arguments) {
            thread = new Thread(() -> {
                try {
                    if (!after.isEmpty()) {
                        awaitNoted(after);
                    }
                    do {
                        call(servlet, what, arguments);
                    } while (what.equals("service") && arguments[0].equals("probing") && !held);
                } catch (Exception | AssertionError e) {
                    failures.add(e);
                }
            });
            thread.start();
        }

        /** Waits until the change holds its call. */
        void awaitHeld() {
            while (thread.isAlive()
                    && Arrays.stream(thread.getStackTrace())
                            .noneMatch(frame -> frame.getClassName().endsWith("durable.Hold")
                                    && frame.getMethodName().equals("await"))) {
                Thread.onSpinWait();
            }
            held = true;
        }

        void end() throws InterruptedException {
            thread.join();
            assertThat(failures).isEmpty();
            seen.addAll(Journal.take());
        }
    }

    /** It is on its way, and calls wait for it, until it is there. */
    @Test
    void whatIsRegisteredOnAnotherThread_isWaitedFor_untilItIsBegun() throws Exception {
        String beside = "new Thread(() -> " + REGISTERS.replace(";", "") + ").start();";
        applied(api);
        applied(servlet("1.0.0", "", ""));
        Object servlet = servlet();
        call(servlet, "init", config("a"));

        applied(servlet("1.1.0", beside, SLOWLY + SLOWLY, ""));

        assertThat(call(servlet, "service", "x")).isEqualTo("1.1.0 [a]");
    }

    @Test
    void whatIsBegunWhileTheNextOneIsLed_isBegunThere() throws Exception {
        applied(api, servlet("1.0.0", "", ""));
        Object servlet = servlet();
        call(servlet, "init", config("A"));
        Beside second = new Beside("init 1.1.0 A", "init", servlet, config("B"));

        applied(servlet("1.1.0", SLOWLY, ""));

        second.end();
        assertThat(call(servlet, "service", "")).isEqualTo("1.1.0 [A, B]");
    }

    @Test
    void whatIsEndedWhileTheNextOneIsLed_isEndedThere() throws Exception {
        applied(api, servlet("1.0.0", "", ""));
        Object servlet = servlet();
        call(servlet, "init", config("A"));
        Beside end = new Beside("init 1.1.0 A", "destroy", servlet);

        applied(servlet("1.1.0", SLOWLY, ""));

        end.end();
        applied(servlet("1.2.0", "", ""));
        seen.addAll(Journal.take());
        assertThat(seen).contains("destroy 1.0.0", "destroy 1.1.0").doesNotContain("init 1.2.0 A");
    }

    @Test
    void whatCannotBeBegunASecondTime_isEnded() throws Exception {
        applied(api, servlet("1.0.0", "", ""));
        Object servlet = servlet();
        call(servlet, "init", config("A"));
        call(servlet, "init", config("B"));

        DeployResult result =
                commit(servlet("1.1.0", "if (name.equals(\"B\")) { throw new IllegalStateException(\"no\"); }", ""));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(Journal.take()).containsOnlyOnce("destroy 1.1.0");
        assertThat(call(servlet, "service", "")).isEqualTo("1.0.0 [A, B]");
    }

    @Test
    void firstBeginningDuringTheDrain_isNoFailure() throws Exception {
        applied(
                api,
                servlet(
                        "1.0.0",
                        "",
                        "if (request.equals(\"slow\")) { " + Journal.class.getName() + ".note(\"in\");" + SLOWLY
                                + SLOWLY + " }"));
        ServiceReference<?> reference = mainstay.context().getServiceReference(SERVLET);
        Object servlet = servlet();
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context()
                .addServiceListener(
                        (AllServiceListener) event -> events.add(event.getType()), "(objectClass=" + SERVLET + ")");
        Beside slow = new Beside("", "service", servlet, "slow");
        awaitNoted("in");
        Beside probing = new Beside("", "service", servlet, "probing");
        Beside first = new Beside("held", "init", servlet, config("A"));
        new Thread(() -> {
                    probing.awaitHeld();
                    seen.add("held");
                })
                .start();

        applied(servlet("1.1.0", "", ""));

        slow.end();
        probing.end();
        first.end();
        assertThat(events).isEmpty();
        assertThat((Object) mainstay.context().getServiceReference(SERVLET)).isSameAs(reference);
        assertThat(call(servlet, "service", "")).isEqualTo("1.1.0 [A]");
    }

    /** The control of the one above: its user does not look at it any more. */
    @Test
    void beginningThatHasThrown_isAFailure() throws Exception {
        applied(api, servlet("1.0.0", "if (!name.isEmpty()) { throw new IllegalStateException(\"no\"); }", ""));
        ServiceReference<?> reference = mainstay.context().getServiceReference(SERVLET);
        Beside failing = new Beside("", "init", servlet(), config("A"));
        failing.thread.join();
        assertThat(failing.failures).hasSize(1);

        applied(servlet("1.1.0", "", ""));

        assertThat(mainstay.context().getServiceReference(SERVLET).equals(reference))
                .isFalse();
    }
}
