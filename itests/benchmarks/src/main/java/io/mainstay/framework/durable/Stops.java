package io.mainstay.framework.durable;

import java.time.Duration;
import java.time.Instant;
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
    private static final long GOAL_NANOS = 10_000_000;

    private final RecordingStream recording = new RecordingStream();
    private final Map<String, Longest> longest = new ConcurrentHashMap<>();
    private final Map<Long, Instant> begun = new ConcurrentHashMap<>();
    private final Map<Long, String> operations = new ConcurrentHashMap<>();
    private final AtomicLong gap = new AtomicLong();
    private final Thread watch = new Thread(this::watch, "watch");
    private volatile boolean ended;

    /** Stops for one reason: the longest operation and the longest stop, with what it took to have all stand still and go on; how many. */
    private record Longest(long operation, long stop, int over, int all) {

        Longest with(long nanos, boolean whole) {
            return whole
                    ? new Longest(operation, Math.max(stop, nanos), over + (nanos > GOAL_NANOS ? 1 : 0), all + 1)
                    : new Longest(Math.max(operation, nanos), stop, over, all);
        }

        @Override
        public String toString() {
            return "%.1f (%.1f with all that it takes; %d of %d over 10)"
                    .formatted(operation / 1e6, stop / 1e6, over, all);
        }
    }

    Stops() throws InterruptedException {
        recording.enable("jdk.SafepointBegin").withThreshold(Duration.ZERO);
        recording.enable("jdk.ExecuteVMOperation").withThreshold(Duration.ZERO);
        recording.enable("jdk.SafepointEnd").withThreshold(Duration.ZERO);
        recording.onEvent("jdk.SafepointBegin", event -> begun.put(event.getLong("safepointId"), event.getStartTime()));
        recording.onEvent("jdk.ExecuteVMOperation", event -> {
            if (event.getBoolean("safepoint")) {
                operations.put(event.getLong("safepointId"), event.getString("operation"));
                note(event.getString("operation"), event.getDuration(), false);
            }
        });
        recording.onEvent("jdk.SafepointEnd", event -> {
            Instant begin = begun.remove(event.getLong("safepointId"));
            String operation = operations.remove(event.getLong("safepointId"));
            if (begin != null && operation != null) {
                note(operation, Duration.between(begin, event.getEndTime()), true);
            }
        });
        recording.startAsync();
        Thread.sleep(1_000);
        longest.clear();
        watch.setDaemon(true);
        watch.start();
    }

    private void note(String operation, Duration took, boolean whole) {
        longest.compute(
                operation, (key, one) -> (one == null ? new Longest(0, 0, 0, 0) : one).with(took.toNanos(), whole));
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
        return "longest gap " + gap.get() / 1e6 + " ms; longest stops, ms: " + new TreeMap<>(longest);
    }

    /** Ends. */
    void end() throws InterruptedException {
        ended = true;
        watch.join();
        Thread.sleep(1_500); // events come once a second
        recording.close();
    }
}
