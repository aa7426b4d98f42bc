package io.mainstay.store.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets SQL through to Derby's network server and its control commands not. Derby takes commands from every program of the
 * machine without a password: to trace all that is said to a file that anybody may read, for one. A connection is given
 * to Derby when its first bytes have come and are no command. Thread-safe.
 */
final class GuardedServerSocket extends ServerSocket {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedServerSocket.class);
    private static final byte[] COMMAND = "CMD:".getBytes(StandardCharsets.US_ASCII);
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int BACKLOG = 50;

    private final BlockingQueue<Socket> checked = new LinkedBlockingQueue<>();
    /** Put into the queue to end who waits on it. */
    private final Socket end = new Socket();

    private final Runnable committed;
    private volatile boolean commandsToo;

    /**
     * Listens on a free port.
     *
     * @param committed run after each commit of a client, when that has its answer: Derby tells nobody
     */
    GuardedServerSocket(InetAddress address, Runnable committed) throws IOException {
        this.committed = committed;
        bind(new InetSocketAddress(address, 0), BACKLOG);
        Thread pump = new Thread(this::pump, "mainstay-store-guard");
        pump.setDaemon(true);
        pump.start();
    }

    /** Lets commands through too: our own, that end the server. */
    void allowCommands() {
        commandsToo = true;
    }

    @Override
    public Socket accept() throws IOException {
        try {
            Socket socket = checked.take();
            if (socket == end) {
                checked.add(end);
                throw new IOException("The guard is closed");
            }
            return socket;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for a connection", e);
        }
    }

    private void pump() {
        while (!isClosed()) {
            try {
                PeekedSocket socket = new PeekedSocket(committed);
                implAccept(socket);
                Thread check = new Thread(() -> check(socket), "mainstay-store-guard-check");
                check.setDaemon(true);
                check.start();
            } catch (IOException e) {
                if (!isClosed()) {
                    LOG.warn("A connection to the shared store broke before it began", e);
                }
            }
        }
        checked.add(end);
    }

    private void check(PeekedSocket socket) {
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] first = socket.peek(COMMAND.length);
            socket.setSoTimeout(0);
            if (first.length == COMMAND.length && (commandsToo || !Arrays.equals(first, COMMAND))) {
                checked.add(socket);
                return;
            }
            if (first.length > 0) {
                LOG.warn("Refused a control command to the shared store's server, from {}", socket.getPort());
            }
        } catch (IOException e) {
            LOG.debug("A connection to the shared store said nothing", e);
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("Closing a refused connection failed", e);
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        checked.add(end);
    }

    /** A socket whose first bytes can be looked at and are then read as if nobody had, and that notices commits. */
    private static final class PeekedSocket extends Socket {
        private final Runnable committed;
        private HeardCommits heard;

        PeekedSocket(Runnable committed) {
            this.committed = committed;
        }

        byte[] peek(int count) throws IOException {
            PushbackInputStream stream = new PushbackInputStream(super.getInputStream(), count);
            byte[] first = stream.readNBytes(count);
            stream.unread(first);
            heard = new HeardCommits(stream);
            return first;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return heard == null ? super.getInputStream() : heard;
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return heard == null ? super.getOutputStream() : heard.answers(super.getOutputStream(), committed);
        }
    }
}
