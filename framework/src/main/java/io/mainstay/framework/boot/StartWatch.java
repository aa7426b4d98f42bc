package io.mainstay.framework.boot;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches bundles start while the framework starts them itself, one after the other on one thread: one that hangs keeps
 * all others from starting, and the framework from ever being there. After the time limit its thread is interrupted, once;
 * code that heeds it has failed to start, and the boot goes on.
 */
final class StartWatch implements SynchronousBundleListener {
    private static final Logger LOG = LoggerFactory.getLogger(StartWatch.class);

    private final Duration limit;
    private final Map<Long, Start> starts = new ConcurrentHashMap<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private record Start(Bundle bundle, Thread thread, long nanos) {}

    StartWatch(Duration limit) {
        this.limit = limit;
    }

    void begin() {
        Thread thread = new Thread(this::watch, "mainstay-start-watch");
        thread.setDaemon(true);
        thread.start();
    }

    void end() {
        ended.countDown();
    }

    /** Felix tells of STARTING on the thread that starts the bundle, just before. */
    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        if (event.getType() == BundleEvent.STARTING && bundle.getBundleId() != 0) {
            starts.put(bundle.getBundleId(), new Start(bundle, Thread.currentThread(), System.nanoTime()));
        } else {
            starts.remove(bundle.getBundleId());
        }
    }

    private void watch() {
        try {
            while (!ended.await(limit.toMillis() / 4 + 1, TimeUnit.MILLISECONDS)) {
                starts.values().stream()
                        .filter(start -> System.nanoTime() - start.nanos() > limit.toNanos())
                        .forEach(this::giveUp);
            }
        } catch (InterruptedException e) {
            LOG.debug("Interrupted", e);
        }
    }

    private void giveUp(Start start) {
        if (starts.remove(start.bundle().getBundleId(), start)) {
            LOG.error(
                    "{} {} hangs while it starts; interrupting thread '{}', which is at {}",
                    start.bundle().getSymbolicName(),
                    start.bundle().getVersion(),
                    start.thread().getName(),
                    Arrays.stream(start.thread().getStackTrace())
                            .map(StackTraceElement::toString)
                            .collect(Collectors.joining(", ")));
            start.thread().interrupt();
        }
    }
}
