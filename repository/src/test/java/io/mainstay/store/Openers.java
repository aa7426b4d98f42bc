package io.mainstay.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Opens one store many times, as nearly at once as threads can. */
final class Openers {
    private static final int COUNT = 6;

    private Openers() {}

    /** Opens and closes; fails as the first opener that fails. */
    static void openAtOnce(StoreOptions options) throws Exception {
        CountDownLatch ready = new CountDownLatch(COUNT);
        ExecutorService threads = Executors.newFixedThreadPool(COUNT);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                all.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    Store.open(options).close();
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
