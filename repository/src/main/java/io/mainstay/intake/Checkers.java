package io.mainstay.intake;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that check bundles side by side, for the time of one call; what nobody waits for any more is interrupted. */
final class Checkers implements AutoCloseable {
    private final ExecutorService threads;

    Checkers(int works) {
        int processors = Runtime.getRuntime().availableProcessors();
        threads = Executors.newFixedThreadPool(Math.max(1, Math.min(works, processors)), work -> {
            Thread thread = new Thread(work, "mainstay-intake");
            thread.setDaemon(true);
            return thread;
        });
    }

    Future<CheckedBundle> ask(Callable<CheckedBundle> check) {
        return threads.submit(check);
    }

    /** Waits for the answer, and throws what the check has thrown. */
    static CheckedBundle answer(Future<CheckedBundle> asked) throws IOException {
        try {
            return asked.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while bundles were checked");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException unreadable) {
                throw unreadable;
            }
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw (Error) e.getCause();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
