package io.mainstay.framework.durable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Threads that are in calls of a service most of the time, as far below their first frame as asked for. */
final class Callers {
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    /**
     * Starts them.
     *
     * @param depth how many frames are above the call
     * @param pauseNanos how long each waits after a burst of calls; 0 for not at all
     */
    Callers(Counter service, int number, int depth, long pauseNanos) {
        for (int i = 0; i < number; i++) {
            Thread thread = new Thread(() -> descend(service, depth, pauseNanos), "caller-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private int descend(Counter service, int depth, long pauseNanos) {
        if (depth > 0) {
            return descend(service, depth - 1, pauseNanos) + 1;
        }
        int number = 0;
        while (!ended) {
            for (int call = 0; call < 100; call++) {
                number = service.next(number);
            }
            if (pauseNanos > 0) {
                LockSupport.parkNanos(pauseNanos);
            }
        }
        return number;
    }

    /** Ends them all. */
    void end() throws InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
