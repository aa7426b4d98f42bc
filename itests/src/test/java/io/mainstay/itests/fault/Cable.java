package io.mainstay.itests.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A network cable to a server of this machine, which can be cut: then nothing comes through any more, in either direction,
 * and nobody is told. Thread-safe.
 */
final class Cable implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean cut;

    Cable(int target) throws IOException {
        this.target = target;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run("cable", this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** What is sent from now on is lost, and who connects hears nothing. */
    void cut() {
        cut = true;
    }

    /** Connections of before are as dead as they were: too much of them is lost. New ones work. */
    void mend() {
        cut = false;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // one end has hung up
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket near = socket.accept();
            sockets.add(near);
            if (!cut) {
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(far);
                run("cable-there", () -> copy(near, far));
                run("cable-back", () -> copy(far, near));
            }
        }
    }

    private void copy(Socket from, Socket to) throws IOException {
        byte[] buffer = new byte[8192];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        boolean lost = false;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            lost |= cut;
            if (!lost) {
                out.write(buffer, 0, count);
                out.flush();
            }
        }
        if (!lost && !cut) {
            to.close();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket one : sockets) {
            one.close();
        }
    }
}
