package io.mainstay.framework.durable;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which threads a drain waits for. */
@Timeout(60)
class DrainTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Waits waits = new Waits();
    private final Hold hold = new Hold("a test", PATIENCE, waits, new Handovers((what, action) -> {}, false), Set.of());
    private final Bystanders bystanders = new Bystanders();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private Thread caller;

    @AfterEach
    void release() throws InterruptedException {
        hold.release();
        caller.join();
    }

    private StableService service(String name, IntUnaryOperator target) throws ReflectiveOperationException {
        StableService made = Services.stable(name, StableClassWriter.Callers.SEEN);
        made.attach(target, null, null);
        return made;
    }

    private static IntUnaryOperator held(StableService service) {
        return (IntUnaryOperator) service.published();
    }

    private void calls(StableService service) {
        caller = new Thread(
                () -> {
                    try {
                        held(service).applyAsInt(1);
                    } catch (RuntimeException e) {
                        failures.add(e);
                    }
                },
                "caller");
        caller.start();
    }

    private void holdCallerOf(StableService service) throws InterruptedException {
        hold.begin(List.of(service));
        calls(service);
        awaitCaller();
    }

    private void awaitCaller() throws InterruptedException {
        while (waits.waiting().isEmpty()) {
            Thread.sleep(1); // nobody tells that a caller waits
        }
    }

    private List<Drain.StuckCall> drained() {
        return new Drain(hold, bystanders).await(SHORT);
    }

    @Test
    void whoWaitsAtTheGate_isInNoCall() throws Exception {
        StableService service = service("one", x -> x);
        holdCallerOf(service);

        assertThat(hold.isOutside(caller.getId())).isTrue();
        assertThat(drained()).isEmpty();
    }

    @Test
    void whoWaitsAtTheGate_withinACallOfWhatJoins_isInACallFromThenOn() throws Exception {
        StableService inner = service("inner", x -> x);
        StableService outer = service("outer", held(inner));
        hold.begin(List.of(inner));
        calls(outer);
        awaitCaller();
        assertThat(drained()).isEmpty();

        hold.join(outer);

        assertThat(hold.isOutside(caller.getId())).isFalse();
        assertThat(drained()).extracting(Drain.StuckCall::thread).containsExactly("caller");
    }

    /** A thread whose class says another number than dumps do might be taken for another one. */
    @Test
    void whoWaitsAtTheGate_withANumberOfItsOwn_isLookedAt() throws Exception {
        StableService service = service("one", x -> x);
        hold.begin(List.of(service));
        Thread self = Thread.currentThread();
        caller = new Thread(() -> held(service).applyAsInt(1)) {
            @Override
            @SuppressWarnings("deprecation") // that it can be overridden is the reason
            public long getId() {
                return self.getId();
            }
        };
        caller.start();
        awaitCaller();

        assertThat(hold.isOutside(self.getId())).isFalse();
        assertThat(drained()).isEmpty();
    }

    @Test
    void whoWaitsForWhatIsGone_isToldSoAtOnce() throws Exception {
        StableService service = service("one", x -> x);
        holdCallerOf(service);

        service.end();

        caller.join(); // before the release
        assertThat(failures).hasSize(1).first().asString().contains("the service is gone");
    }

    /** What is on its way while a change gets on and stands still in turn. */
    @Test
    void standstillThatEnds_whileACallerLooks_harmsNobody() throws Exception {
        StableService service = service("one", x -> x);
        holdCallerOf(service);

        for (int i = 0; i < 20_000 && failures.isEmpty(); i++) {
            hold.waitsForServices();
            hold.getsOn();
        }

        assertThat(failures).isEmpty();
    }

    @Test
    void whoIsInACall_isNoBystander_thoughHeDoesNotMove() throws Exception {
        CountDownLatch ending = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        StableService service = service("one", x -> {
            begun.countDown();
            await(ending);
            return x;
        });
        calls(service);
        begun.await();
        bystanders.look();
        hold.begin(List.of(service));

        List<Drain.StuckCall> stuck = drained();
        ending.countDown();

        assertThat(stuck).extracting(Drain.StuckCall::thread).containsExactly("caller");
        assertThat(drained()).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
