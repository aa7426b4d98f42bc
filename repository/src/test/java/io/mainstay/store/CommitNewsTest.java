package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for commits hears of those that others make, without asking. */
class CommitNewsTest {
    private static final long LONG_SECONDS = 20;
    private static final long MOMENT_MILLIS = 300;

    @TempDir
    private Path folder;

    private final Semaphore news = new Semaphore(0);

    private String url() {
        return "jdbc:derby:" + folder.resolve("store");
    }

    private static void commit(Store by) throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        try (StoreTransaction transaction = by.begin()) {
            transaction.put(bundle.content(), bundle.source(), bundle.index());
            transaction.propose("main", 0, "me", "", SystemState.EMPTY);
            transaction.commit();
        }
    }

    @Test
    void commitOfAnotherStoreOfTheSameUrl_isNews_forWhoListensStill() throws Exception {
        AtomicInteger others = new AtomicInteger();
        Runnable ended = others::incrementAndGet;
        try (Store store = Store.open(StoreOptions.of(url()));
                Store other = Store.open(StoreOptions.of(url()))) {
            store.addListener(news::release);
            store.addListener(ended);
            store.removeListener(ended);

            commit(other);
        }

        assertThat(news.tryAcquire(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(others).hasValue(0);
    }

    @Test
    void commitOfAClient_isNews_andItsQuestionsAreNot() throws Exception {
        try (SharingProcess process = SharingProcess.start("", url());
                Store client = Store.open(process.access())) {
            Thread.sleep(MOMENT_MILLIS); // its first connection makes sure of the tables, and commits
            process.forgetNews();
            assertThat(client.history().headNumber("main")).isZero();
            assertThat(process.hearsNews(MOMENT_MILLIS)).isFalse();

            commit(client);

            assertThat(process.hearsNews(LONG_SECONDS * 1000)).isTrue();
        }
    }
}
