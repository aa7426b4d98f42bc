package io.mainstay.framework.durable;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.consumer.RecordingStream;

/**
 * Notes for how long the virtual machine stands still at a time: by what it says itself, and as a thread notices that does
 * nothing but look at the clock, which also sees what other processes take away.
 */
final class Stops {
    private final RecordingStream recording = new RecordingStream();
    private final Map<String, Long> longest = new ConcurrentHashMap<>();
    private final AtomicLong gap = new AtomicLong();
    private final Thread watch = new Thread(this::watch, "watch");
    private volatile boolean ended;

    Stops() throws InterruptedException {
        recording.enable("jdk.ExecuteVMOperation").withThreshold(Duration.ZERO);
        recording.onEvent("jdk.ExecuteVMOperation", event -> {
            if (event.getBoolean("safepoint")) {
                longest.merge(event.getString("operation"), event.getDuration().toNanos(), Math::max);
            }
        });
        recording.startAsync();
        Thread.sleep(1_000);
        longest.clear();
        watch.setDaemon(true);
        watch.start();
    }

    private void watch() {
        long last = System.nanoTime();
        while (!ended) {
            LockSupport.parkNanos(100_000);
            long now = System.nanoTime();
            gap.accumulateAndGet(now - last, Math::max);
            last = now;
        }
    }

    /** {@return the longest stop by its reason, and the longest gap, in milliseconds} */
    @Override
    public String toString() {
        Map<String, Double> all = new TreeMap<>();
        longest.forEach((operation, nanos) -> all.put(operation, nanos / 1e6));
        return "longest gap " + gap.get() / 1e6 + " ms; longest stops, ms: " + all;
    }

    /** Ends. */
    void end() throws InterruptedException {
        ended = true;
        watch.join();
        Thread.sleep(1_500); // events come once a second
        recording.close();
    }
}
