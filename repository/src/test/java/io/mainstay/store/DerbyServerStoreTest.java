package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on Derby behind its network server, in a process of its own. */
class DerbyServerStoreTest extends StoreContract {
    @TempDir
    private static Path folder;

    private static Process server;
    private static int port;
    private static int databases;

    @BeforeAll
    static void start() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Dderby.system.home=" + folder,
                        "-Duser.timezone=Asia/Tokyo",
                        "-XX:TieredStopAtLevel=1",
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

    private static boolean answers() {
        try (var socket = new java.net.Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.destroy();
        server.waitFor(20, TimeUnit.SECONDS);
        server.destroyForcibly();
    }

    @Override
    StoreOptions fresh() {
        return StoreOptions.of("jdbc:derby://127.0.0.1:" + port + "/store" + databases++ + ";create=true");
    }

    @Test
    void manyThatMakeOneStoreAtOnce_allFindIt() throws Exception {
        for (int round = 0; round < 4; round++) {
            StoreOptions options = fresh();
            Openers.openAtOnce(options);
            Store.open(options.existing()).close();
        }
    }

    @Test
    void clock_doesNotDependOnTheServersTimeZone() {
        try (Store store = Store.open(fresh());
                StoreTransaction transaction = store.begin()) {
            Instant made = transaction
                    .propose("main", 0, "me", "", SystemState.EMPTY)
                    .generation()
                    .instant();

            assertThat(made).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES));
        }
    }

    @Test
    void unreachableServer_isSaidSo() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertThatThrownBy(() -> Store.open(StoreOptions.of("jdbc:derby://127.0.0.1:" + free + "/x")))
                .isInstanceOf(StoreUnreachableException.class);
    }
}
