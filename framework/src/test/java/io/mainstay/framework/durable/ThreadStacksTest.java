package io.mainstay.framework.durable;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.durable.ThreadStacks.ThreadStack;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Stacks as the drain of calls needs them: whole, and of every thread that there is. */
@Timeout(30)
class ThreadStacksTest {
    private static final int DEEP = 3_000;
    private static final String NAME = "seen by a test";

    private final CountDownLatch there = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final ThreadStacks stacks = new ThreadStacks();

    @AfterEach
    void letGo() {
        end.countDown();
    }

    private void dive(int depth) {
        if (depth > 0) {
            dive(depth - 1);
            return;
        }
        there.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As the virtual machine numbers it. */
    private long begin(Thread thread) throws InterruptedException {
        thread.start();
        there.await();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(info -> info.getThreadName().equals(NAME))
                .mapToLong(ThreadInfo::getThreadId)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void deepStack_isReadToItsEnd() throws Exception {
        long id = begin(new Thread(null, () -> dive(DEEP), NAME, 64 << 20));

        List<ThreadStack> read = stacks.read(new long[] {id});

        assertThat(read).extracting(ThreadStack::name).containsExactly(NAME);
        assertThat(Arrays.stream(read.get(0).frames())
                        .filter(frame -> frame.getMethodName().equals("dive")))
                .hasSize(DEEP + 1);
    }

    /** On Java 17, the virtual machine itself believes what it says. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void threadThatSaysAnotherNumberAndNoStack_isSeen() throws Exception {
        long id = begin(new Thread(() -> dive(1), NAME) {
            @Override
            @SuppressWarnings("deprecation") // later than in the oldest Java that we build with
            public long getId() {
                return 4_000_000_042L;
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                return new StackTraceElement[0];
            }
        });

        List<ThreadStack> read = stacks.read(new long[] {id});

        assertThat(read).extracting(ThreadStack::id).containsExactly(id);
        assertThat(read.get(0).frames()).isNotEmpty();
    }

    @Test
    void threadThatHasEnded_isLeftOut() throws Exception {
        Thread thread = new Thread(() -> dive(1), NAME);
        long id = begin(thread);
        assertThat(stacks.read(new long[] {id})).hasSize(1);
        end.countDown();
        thread.join();

        assertThat(stacks.read(new long[] {id})).isEmpty();
    }
}
