package io.mainstay.framework.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
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
        watchdog.runFor("a", "start a", () -> kept.set(Thread.currentThread()));

        watchdog.runFor("b", "start b", () -> {
            kept.get().interrupt();
            Thread.sleep(50); // ends by an exception where the interrupt comes here
        });
        watchdog.runOwn("wire anew", () -> {
            kept.get().interrupt();
            Thread.sleep(50); // ends by an exception where the interrupt comes here
        });
    }

    @Test
    void whatABundleLeavesOnItsThread_isNotThereForTheNext() throws ApplyException {
        ThreadLocal<String> left = new ThreadLocal<>();
        watchdog.runFor("a", "start a", () -> {
            left.set("a");
            Thread.currentThread().setContextClassLoader(null);
        });

        watchdog.runFor("b", "start b", () -> {
            assertThat(left.get()).isNull();
            assertThat(Thread.currentThread().getContextClassLoader()).isNotNull();
        });
    }

    @Test
    void stepsOfTheFramework_andThoseOfABundle_areDoneByOneThreadEach() throws ApplyException {
        Set<Thread> own = new HashSet<>();
        Set<Thread> ofBundle = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            watchdog.runOwn("wire anew", () -> own.add(Thread.currentThread()));
            watchdog.runFor("a", "update a", () -> ofBundle.add(Thread.currentThread()));
        }

        assertThat(own).hasSize(1);
        assertThat(ofBundle).hasSize(1).isNotEqualTo(own);
    }

    @Test
    void threadThatHangs_isNotWaitedForBySteps_thatComeAfter() throws ApplyException {
        Watchdog quick = new Watchdog(Duration.ofMillis(50));
        CountDownLatch release = new CountDownLatch(1);
        assertThatThrownBy(() -> quick.runFor("a", "stop a", () -> awaitWithoutHeed(release)))
                .isInstanceOfSatisfying(
                        ApplyException.class, e -> assertThat(e.hanging()).isTrue());

        quick.runFor("a", "start a", () -> {});
        release.countDown();
    }

    private static void awaitWithoutHeed(CountDownLatch release) {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                continue; // as code does that means to go on
            }
        }
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
        assertThatThrownBy(() -> watchdog.runFor("a", "start a", () -> {
                    throw new AssertionError("broken");
                }))
                .isInstanceOf(ApplyException.class)
                .hasMessageContaining("Cannot start a: ")
                .hasMessageContaining("broken");
    }
}
