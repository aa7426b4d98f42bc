package io.mainstay.benchmarks.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Calls the provider's service some thousand times a second, as {@code ServiceTracker} gives it, and tells whoever connects to the port that
 * the framework property {@code benchmark.port} names: the version that answered last, when it first did, the calls since the
 * last time that it was asked, how many of them had no answer, and the longest time without one. Times are nanoseconds of
 * {@link System#nanoTime()}, which all processes of a machine share on Linux.
 */
public final class Activator implements BundleActivator, Runnable {
    /** A client that takes a processor for itself would measure who gets the others. */
    private static final long PAUSE_NANOS = 50_000;

    private volatile boolean ended;
    private ServiceTracker<IntSupplier, IntSupplier> tracker;
    private ServerSocket server;
    private Thread caller;

    /** Guarded by this. */
    private int version;

    private long versionSince;
    private long calls;
    private long lost;
    private long answered;
    private long longestGap;

    /** Made by the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) throws IOException {
        tracker = new ServiceTracker<>(context, IntSupplier.class, null);
        tracker.open();
        server = new ServerSocket(
                Integer.parseInt(context.getProperty("benchmark.port")), 1, InetAddress.getLoopbackAddress());
        caller = new Thread(this, "benchmark-caller");
        caller.setDaemon(true);
        caller.start();
        Thread teller = new Thread(this::tell, "benchmark-teller");
        teller.setDaemon(true);
        teller.start();
    }

    @Override
    public void stop(BundleContext context) throws IOException {
        ended = true;
        server.close();
        tracker.close();
    }

    @Override
    public void run() {
        while (!ended) {
            IntSupplier service = tracker.getService();
            try {
                note(service == null ? 0 : service.getAsInt());
            } catch (RuntimeException | LinkageError e) {
                note(0);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private synchronized void note(int answer) {
        long now = System.nanoTime();
        calls++;
        if (answer == 0) {
            lost++;
            return;
        }
        if (answered != 0) {
            longestGap = Math.max(longestGap, now - answered);
        }
        answered = now;
        if (answer != version) {
            version = answer;
            versionSince = now;
        }
    }

    private void tell() {
        while (!ended) {
            try (Socket socket = server.accept();
                    OutputStream out = socket.getOutputStream()) {
                out.write(told().getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // whoever asked has gone, or the bundle stops
            }
        }
    }

    private synchronized String told() {
        String told = version + " " + versionSince + " " + calls + " " + lost + " " + longestGap;
        calls = 0;
        lost = 0;
        longestGap = 0;
        return told;
    }
}
