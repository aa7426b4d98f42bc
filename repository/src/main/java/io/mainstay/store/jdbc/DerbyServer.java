package io.mainstay.store.jdbc;

import io.mainstay.store.StoreException;
import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.apache.derby.drda.NetworkServerControl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Derby's network server on a free port of the loopback address, behind {@link DerbyGate}, which asks for the password,
 * and {@link GuardedServerSocket}, which keeps Derby's control commands out. One per process.
 */
final class DerbyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DerbyServer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SOCKET = "serverSocket";
    private static final String ACCEPTING_THREAD = "org.apache.derby.impl.drda.ClientThread";

    private final GuardedServerSocket guard;
    private final StoreOptions access;

    private DerbyServer(GuardedServerSocket guard, StoreOptions access) {
        this.guard = guard;
        this.access = access;
    }

    /**
     * Starts a server for the embedded database at {@code url}.
     *
     * @param committed run after each commit of a client
     */
    static DerbyServer start(String url, Runnable committed) {
        String database = url.substring("jdbc:derby:".length()).replaceAll(";.*", "");
        try {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            int port = freePort(loopback);
            NetworkServerControl control =
                    new NetworkServerControl(loopback, port, DerbyGate.USER, DerbyGate.password());
            control.start(new PrintWriter(Writer.nullWriter()));
            awaitAnswer(control);
            GuardedServerSocket guard = putGuard(loopback, port, committed);
            StoreOptions access = StoreOptions.of(
                            "jdbc:derby://" + loopback.getHostAddress() + ":" + guard.getLocalPort() + "/" + database)
                    .as(DerbyGate.USER, DerbyGate.password())
                    .existing();
            LOG.info("The store is shared at {}", access.publicUrl());
            return new DerbyServer(guard, access);
        } catch (Exception e) {
            throw new StoreException("Cannot share " + url + " on the loopback address: " + e.getMessage(), e);
        }
    }

    /**
     * Derby makes its server socket itself and has no door for another. So its accepting thread is given ours in place of
     * that, a last connection makes it let go of its own, and that is closed.
     */
    private static GuardedServerSocket putGuard(InetAddress loopback, int port, Runnable committed)
            throws IOException, ReflectiveOperationException {
        Thread accepting = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getClass().getName().equals(ACCEPTING_THREAD))
                .filter(thread -> acceptedBy(thread).getLocalPort() == port)
                .findFirst()
                .orElseThrow(() -> new IOException("Derby's accepting thread is not there"));
        ServerSocket original = acceptedBy(accepting);
        Object server = field(accepting, "parent").get(accepting);
        GuardedServerSocket guard = new GuardedServerSocket(loopback, committed);
        field(accepting, SOCKET).set(accepting, guard);
        field(server, SOCKET).set(server, guard);
        new Socket(loopback, port).close();
        original.close();
        return guard;
    }

    private static ServerSocket acceptedBy(Thread thread) {
        try {
            return (ServerSocket) field(thread, SOCKET).get(thread);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Derby's accepting thread is not as it was in 10.16.1.1", e);
        }
    }

    private static Field field(Object owner, String name) throws NoSuchFieldException {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    StoreOptions access() {
        return access;
    }

    private static int freePort(InetAddress address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, address)) {
            return socket.getLocalPort();
        }
    }

    /** The server answers a ping some time after it was started; there is no event for it. */
    private static void awaitAnswer(NetworkServerControl control) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                control.ping();
                return;
            } catch (Exception notYet) {
                if (System.nanoTime() > end) {
                    throw notYet;
                }
                Thread.sleep(20);
            }
        }
    }

    @Override
    public void close() {
        guard.allowCommands();
        try (guard) {
            new NetworkServerControl(
                            InetAddress.getLoopbackAddress(),
                            guard.getLocalPort(),
                            DerbyGate.USER,
                            DerbyGate.password())
                    .shutdown();
        } catch (Exception e) {
            LOG.warn("Derby's network server did not stop in order", e);
        }
    }
}
