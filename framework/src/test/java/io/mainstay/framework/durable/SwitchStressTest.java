package io.mainstay.framework.durable;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Callers at full speed while what they call is replaced: no call reaches what was closed, and none fails. Without the
 * draining, some do: so such calls are seen. {@code -Dmainstay.stress.switches=N} says how often.
 */
@Timeout(240)
class SwitchStressTest {
    private static final int SWITCHES = Integer.getInteger("mainstay.stress.switches", 300);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicLong late = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong calls = new AtomicLong();
    private volatile boolean ended;

    /** What stands for code of a bundle: it must not be entered, nor left, after it was closed. */
    private final class Part implements IntUnaryOperator {
        private final IntUnaryOperator next;
        private volatile boolean closed;

        Part(IntUnaryOperator next) {
            this.next = next;
        }

        @Override
        public int applyAsInt(int x) {
            check();
            int result = next == null ? x + 1 : next.applyAsInt(x);
            check();
            return result;
        }

        private void check() {
            if (closed) {
                late.incrementAndGet();
            }
        }
    }

    /** Half of them rest after each call, so that a switch finds them as bystanders. */
    private List<Thread> callers(Object service, int number) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            boolean resting = i % 2 == 1;
            Thread thread = new Thread(() -> call((IntUnaryOperator) service, resting));
            thread.start();
            threads.add(thread);
        }
        return threads;
    }

    private void call(IntUnaryOperator service, boolean resting) {
        long count = 0;
        int x = 0;
        while (!ended) {
            try {
                x = service.applyAsInt(x);
                count++;
                if (resting) {
                    LockSupport.parkNanos(20_000);
                }
            } catch (RuntimeException e) {
                failed.incrementAndGet();
            }
        }
        calls.addAndGet(count);
    }

    /** Calls of the outer service are calls of the inner one, too: both are one unit. */
    private void run(StableClassWriter.Callers callers, int number, boolean draining) throws Exception {
        StableService inner = Services.stable("inner", callers);
        StableService outer = Services.stable("outer", callers);
        Part[] parts = attach(inner, outer);
        List<Thread> threads = callers(outer.published(), number);
        threads.addAll(callers(inner.published(), number));
        Bystanders bystanders = new Bystanders();
        for (int i = 0; i < SWITCHES; i++) {
            List<StableService> unit = List.of(inner, outer);
            bystanders.look();
            Hold hold = new Hold("a test", PATIENCE, new Waits(), new Handovers((what, action) -> {}, false), Set.of());
            hold.begin(unit);
            if (draining) {
                assertThat(new Drain(hold, bystanders).await(PATIENCE)).isEmpty();
            }
            for (Part part : parts) {
                part.closed = true;
            }
            parts = attach(inner, outer);
            hold.release();
            Thread.sleep(i % 10 == 0 ? 20 : 1);
        }
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf(
                "%s, draining %s: %d switches, %d calls, %d late, %d failed%n",
                callers, draining, SWITCHES, calls.get(), late.get(), failed.get());
        assertThat(failed).hasValue(0);
        assertThat(calls.get()).isGreaterThan(SWITCHES);
    }

    private Part[] attach(StableService inner, StableService outer) {
        Part last = new Part(null);
        Part middle = new Part((IntUnaryOperator) inner.published());
        inner.attach(last, null, null);
        outer.attach(middle, null, null);
        return new Part[] {last, middle};
    }

    @ParameterizedTest
    @EnumSource(names = {"SEEN", "COUNTED"})
    void calls_areNeverLate(StableClassWriter.Callers callers) throws Exception {
        run(callers, 4, true);
        assertThat(late).hasValue(0);
    }

    /** They take the processors from one another, and are waited for at the gate. */
    @Test
    void callsOfMany_areNeverLate() throws Exception {
        run(StableClassWriter.Callers.SEEN, 25, true);
        assertThat(late).hasValue(0);
    }

    @Test
    void withoutDraining_callsAreLate() throws Exception {
        run(StableClassWriter.Callers.SEEN, 4, false);
        assertThat(late.get()).isPositive();
    }
}
