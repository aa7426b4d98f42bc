package io.mainstay.store.jdbc;

import io.mainstay.store.StoreException;
import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.apache.derby.drda.NetworkServerControl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Derby's network server on a free port of the loopback address, behind {@link DerbyGate}. One per process. */
final class DerbyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DerbyServer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final NetworkServerControl control;
    private final StoreOptions access;

    private DerbyServer(NetworkServerControl control, StoreOptions access) {
        this.control = control;
        this.access = access;
    }

    /** Starts a server for the embedded database at {@code url}. */
    static DerbyServer start(String url) {
        String database = url.substring("jdbc:derby:".length()).replaceAll(";.*", "");
        try {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            int port = freePort(loopback);
            NetworkServerControl control =
                    new NetworkServerControl(loopback, port, DerbyGate.USER, DerbyGate.password());
            control.start(new PrintWriter(Writer.nullWriter()));
            awaitAnswer(control);
            StoreOptions access = StoreOptions.of(
                            "jdbc:derby://" + loopback.getHostAddress() + ":" + port + "/" + database)
                    .as(DerbyGate.USER, DerbyGate.password())
                    .existing();
            LOG.info("The store is shared at {}", access.publicUrl());
            return new DerbyServer(control, access);
        } catch (Exception e) {
            throw new StoreException("Cannot share " + url + " on the loopback address: " + e.getMessage(), e);
        }
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
        try {
            control.shutdown();
        } catch (Exception e) {
            LOG.warn("Derby's network server did not stop in order", e);
        }
    }
}
