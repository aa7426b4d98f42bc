package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.AdminConsole;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.ConfigurationAdmin;

/** The database goes away, as a process that is killed; what runs goes on. */
@Timeout(60)
class StoreAwayTest {
    @TempDir
    private Path folder;

    private final Map<String, String> properties = new HashMap<>();
    private int port;
    private Process server;
    private Mainstay mainstay;

    @BeforeEach
    void start() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        startServer();
        properties.putAll(Journal.exported());
        properties.put(Settings.STORE, "jdbc:derby://127.0.0.1:" + port + "/store;create=true");
        mainstay = Mainstay.open(properties);
    }

    @AfterEach
    void stop() throws Exception {
        mainstay.close();
        kill();
    }

    private void startServer() throws Exception {
        server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Dderby.system.home=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.apache.derby.drda.NetworkServerControl",
                        "start",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        String.valueOf(port),
                        "-noSecurityManager")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!answers()) {
            assertThat(server.isAlive()).isTrue();
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(50); // there is no event for a server that is up
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private void kill() throws InterruptedException {
        server.destroyForcibly().waitFor();
    }

    private static TestJar server() {
        TestJar inner = TestJar.plain()
                .code("package inner; public class Late { public static String say() { return \"late, inner\"; } }");
        return Journal.doing(
                        "server",
                        "1.0.0",
                        "context.registerService(java.util.function.UnaryOperator.class, new server.Answer(), null);",
                        "")
                .header("Bundle-ClassPath", ".,lib/inner.jar")
                .inner("lib/inner.jar", inner)
                .entry("server/text.txt", "a text")
                .code("package server; public class Late { public static String say() { return \"late\"; } }")
                .code("package server; public class Answer implements java.util.function.UnaryOperator<String> {"
                        + " public String apply(String what) {"
                        + "  return what.equals(\"late\") ? Late.say() + \", \" + inner.Late.say() : what; } }");
    }

    @Test
    void runningBundles_goOnWithoutTheirDatabase_andFollowAgainWhenItIsBack() throws Exception {
        mainstay.commit("First", server().checked());
        mainstay.start();
        UnaryOperator<String> service = service();
        assertThat(service.apply("early")).isEqualTo("early");

        kill();

        assertThat(service.apply("late")).isEqualTo("late, late, inner");
        Bundle bundle = mainstay.context().getBundle("mainstay:server");
        assertThat(bundle.getEntry("server/text.txt").openConnection().getContentLength())
                .isEqualTo(6);
        bundle.stop();
        bundle.start();
        assertThat(service().apply("again")).isEqualTo("again");
        assertThatThrownBy(() ->
                        mainstay.commit("Now", Journal.bundle("fresh", "1.0.0").checked()))
                .isInstanceOf(StoreUnreachableException.class);
        assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
        assertThatThrownBy(() -> new MainstayFrameworkFactory().newFramework(properties))
                .isInstanceOf(StoreUnreachableException.class);

        startServer();

        assertThat(onceBack(() -> mainstay.commit(
                                "Then", Journal.api("next", "1.0.0").checked()))
                        .outcome())
                .isIn(Result.APPLIED, Result.UNCHANGED);
        assertThat(mainstay.context().getBundle("mainstay:next").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void configurationChangedMeanwhile_isKept_andBecomesAGenerationWhenItIsBack() throws Exception {
        mainstay.commit(
                "First",
                TestJar.with(ConfigurationAdmin.class),
                AdminConsole.bundle().checked());
        mainstay.start();
        kill();

        AdminConsole.ask(mainstay, "update org.acme", Map.of("n", 5));

        assertThat(AdminConsole.property(mainstay, "org.acme", "n")).isEqualTo(5);
        startServer();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (onceBack(this::configurations).isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(50); // a retry is no event
        }
        assertThat(configurations()).containsOnlyKeys("org.acme");
    }

    /** The pool may hand out a connection to the server that was killed, once. */
    private static <T> T onceBack(Callable<T> call) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                return call.call();
            } catch (StoreUnreachableException e) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(50); // a retry is no event
            }
        }
    }

    private Map<String, Configuration> configurations() {
        return mainstay.store()
                .history()
                .head(Settings.DEFAULT_CHANNEL)
                .map(head -> head.generation().state().configurations())
                .orElseThrow();
    }

    @SuppressWarnings("unchecked")
    private UnaryOperator<String> service() {
        return mainstay.find(UnaryOperator.class, Duration.ofSeconds(5)).orElseThrow();
    }
}
