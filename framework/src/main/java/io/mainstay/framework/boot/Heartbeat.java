package io.mainstay.framework.boot;

import io.mainstay.framework.Settings;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that a node lives, on a thread of its own: the others are busy with bundles for minutes, when these start slowly,
 * and a node that says nothing counts as gone.
 */
final class Heartbeat implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final Duration INTERVAL = Duration.ofSeconds(3);

    private final Store store;
    private final Settings settings;
    private final String incarnation;
    private final Runnable forgotten;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** @param forgotten is called when the store takes the node for gone; may throw as the store does */
    Heartbeat(Store store, Settings settings, String incarnation, Runnable forgotten) {
        this.forgotten = forgotten;
        this.store = store;
        this.settings = settings;
        this.incarnation = incarnation;
    }

    void begin() {
        Thread thread = new Thread(this, "mainstay-heartbeat");
        thread.setDaemon(true);
        thread.start();
    }

    void end() {
        ended.countDown();
    }

    @Override
    public void run() {
        while (!hasEnded()) {
            beat();
        }
    }

    /** Waits a little; an interrupt, as Derby sends it when somebody shuts the database down, ends nothing. */
    private boolean hasEnded() {
        try {
            return ended.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.debug("Interrupted, and going on", e);
            return false;
        }
    }

    private void beat() {
        try {
            if (!store.nodes().heartbeat(settings.node(), incarnation)) {
                forgotten.run();
            }
        } catch (StoreException e) {
            LOG.debug("The store is away; the follower says so", e);
        } catch (RuntimeException e) {
            LOG.error("Cannot tell the store that this node lives; trying again", e);
        }
    }
}
