package io.mainstay.framework.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code of bundles, on threads that are watched. */
@Timeout(60)
class WatchdogTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Watchdog watchdog = new Watchdog(LONG);

    /** A bundle may limit its own start by a timer that interrupts it, and be a little late with that. */
    @Test
    void interruptOfAnEarlierStep_isNoLaterSteps() throws ApplyException {
        AtomicReference<Thread> kept = new AtomicReference<>();
        watchdog.run("start a", () -> kept.set(Thread.currentThread()));

        watchdog.run("start b", () -> {
            kept.get().interrupt();
            Thread.sleep(50);
        });
        watchdog.runOwn("wire anew", () -> {
            kept.get().interrupt();
            Thread.sleep(50);
        });
    }

    @Test
    void whatABundleLeavesOnItsThread_isNotThereForTheNext() throws ApplyException {
        ThreadLocal<String> left = new ThreadLocal<>();
        watchdog.run("start a", () -> {
            left.set("a");
            Thread.currentThread().setContextClassLoader(null);
        });

        watchdog.run("start b", () -> {
            assertThat(left.get()).isNull();
            assertThat(Thread.currentThread().getContextClassLoader()).isNotNull();
        });
    }

    @Test
    void stepsOfTheFramework_areDoneByOneThread() throws ApplyException {
        AtomicReference<Thread> first = new AtomicReference<>();
        AtomicReference<Thread> second = new AtomicReference<>();
        watchdog.runOwn("one", () -> first.set(Thread.currentThread()));
        watchdog.runOwn("two", () -> second.set(Thread.currentThread()));

        assertThat(second.get()).isSameAs(first.get());
    }

    @Test
    void stepThatHangs_isInterrupted_andToldWhere() {
        Watchdog quick = new Watchdog(Duration.ofMillis(50));

        assertThatThrownBy(() -> quick.run("start a", WatchdogTest::sleep))
                .hasMessageStartingWith(
                        "Cannot start a: it did not end within 50 ms; thread 'mainstay: start a' was at ")
                .hasMessageContaining("WatchdogTest.sleep")
                .isInstanceOfSatisfying(
                        ApplyException.class, e -> assertThat(e.hanging()).isFalse());
        assertThatThrownBy(() -> quick.runOwn("wire anew", WatchdogTest::sleep))
                .isInstanceOfSatisfying(
                        ApplyException.class, e -> assertThat(e.hanging()).isFalse());
    }

    private static void sleep() throws InterruptedException {
        Thread.sleep(LONG.toMillis());
    }

    @Test
    void whatIsThrown_comesOut() {
        assertThatThrownBy(() -> watchdog.run("start a", () -> {
                    throw new AssertionError("broken");
                }))
                .isInstanceOf(ApplyException.class)
                .hasMessageContaining("Cannot start a: ")
                .hasMessageContaining("broken");
    }
}
