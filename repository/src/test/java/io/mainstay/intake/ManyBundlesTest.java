package io.mainstay.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.TestBundles;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bundles that are checked side by side. */
@Timeout(60)
class ManyBundlesTest {
    private static final int MANY = 50;

    private final BundleIntake intake = new BundleIntake(IntakeLimits.DEFAULT);

    private static ContentSource source(int number) throws IOException {
        return ContentSource.of(
                "bundle " + number,
                TestBundles.bundle("bundle" + number, "1." + number)
                        .entry("text", "text".repeat(number * 100))
                        .bytes());
    }

    private static List<ContentSource> many() throws IOException {
        List<ContentSource> sources = new ArrayList<>();
        for (int number = 0; number < MANY; number++) {
            sources.add(source(number));
        }
        return sources;
    }

    @Test
    void each_isWhatItIsAlone_inItsOrder() throws IOException {
        List<ContentSource> sources = many();
        List<Content> alone = new ArrayList<>();
        for (ContentSource source : sources) {
            alone.add(intake.check(source).content());
        }
        List<Long> told = new ArrayList<>();
        List<Thread> tellers = new ArrayList<>();

        List<CheckedBundle> checked = intake.check(sources, (done, total) -> {
            assertThat(total).isEqualTo(MANY);
            told.add(done);
            tellers.add(Thread.currentThread());
        });

        assertThat(checked).extracting(CheckedBundle::content).containsExactlyElementsOf(alone);
        assertThat(told)
                .containsExactlyElementsOf(
                        IntStream.range(0, MANY).mapToObj(Long::valueOf).toList());
        assertThat(tellers).containsOnly(Thread.currentThread());
    }

    @Test
    void none_isNothing() throws IOException {
        assertThat(intake.check(List.of(), Progress.NONE)).isEmpty();
    }

    @Test
    void ofSeveralThatAreRefused_theFirstIsTold() throws IOException {
        List<ContentSource> sources = many();
        sources.set(20, ContentSource.of("first", new byte[] {1, 2, 3}));
        sources.set(21, ContentSource.of("second", new byte[] {1, 2, 3}));

        assertThatThrownBy(() -> intake.check(sources, Progress.NONE))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("first");
    }

    @Test
    void whatCannotBeRead_isThrownAsItIs() throws IOException {
        IOException broken = new IOException("the disk is gone");

        assertThatThrownBy(() -> intake.check(
                        List.of(source(1), new Odd(source(2), () -> {
                            throw broken;
                        })),
                        Progress.NONE))
                .isSameAs(broken);
    }

    @Test
    void whoeverIsInterrupted_isToldSo_andChecksEnd() throws Exception {
        CountDownLatch asleep = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        ContentSource endless = new Odd(source(1), () -> {
            asleep.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                ended.countDown();
            }
        });
        Thread caller = Thread.currentThread();
        Thread other = new Thread(() -> {
            try {
                asleep.await();
            } catch (InterruptedException e) {
                return;
            }
            caller.interrupt();
        });
        other.start();

        assertThatThrownBy(() -> intake.check(List.of(endless), Progress.NONE))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        ended.await();
        other.join();
    }

    /** Does something before it is read. */
    private record Odd(ContentSource source, Before before) implements ContentSource {
        interface Before {
            void run() throws IOException;
        }

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public long sizeBytes() throws IOException {
            return source.sizeBytes();
        }

        @Override
        public InputStream open() throws IOException {
            before.run();
            return source.open();
        }

        @Override
        public SeekableByteChannel openSeekable() throws IOException {
            before.run();
            return source.openSeekable();
        }
    }
}
