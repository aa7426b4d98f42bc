package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.MemoryStore;
import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a transaction does when it, or those who watch it, go wrong. */
class StoreTransactionTest {
    private static final CheckedBundle BUNDLE = TestBundles.bundle("a", "1").checked();

    private static MemoryStore memory;
    private static Store store;

    @BeforeAll
    static void open() {
        memory = new MemoryStore();
        store = memory.store();
    }

    @AfterAll
    static void close() {
        memory.close();
    }

    @Test
    void transactionWithAFailedPut_cannotBeCommitted() {
        CheckedBundle bundle = TestBundles.bundle("failed", "1").checked();
        try (StoreTransaction transaction = store.begin()) {
            assertThatThrownBy(() -> transaction.put(bundle.content(), BUNDLE.source(), bundle.index()))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(transaction::commit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("broken");
        }

        assertThat(store.contents().find(bundle.content().digest())).isEmpty();
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
    }

    @Test
    void endedTransaction_refusesWork() {
        StoreTransaction transaction = store.begin();
        transaction.commit();
        assertThatThrownBy(transaction::commit).isInstanceOf(IllegalStateException.class);
        transaction.close();
        assertThatThrownBy(() -> transaction.prove(1, Optional.empty())).isInstanceOf(IllegalStateException.class);
        assertThatCode(transaction::close).doesNotThrowAnyException();
    }

    @Test
    void listenerThatThrows_neitherHarmsTheCommitNorTheNextListener() {
        AtomicInteger told = new AtomicInteger();
        Runnable bad = () -> {
            throw new IllegalStateException("not my day");
        };
        Runnable good = told::incrementAndGet;
        store.addListener(bad);
        store.addListener(good);
        try {
            GenerationRecord record = commit(store, "throwing", BUNDLE);

            assertThat(store.history().headNumber("throwing")).isEqualTo(record.number());
            assertThat(told).hasValue(1);
        } finally {
            store.removeListener(bad);
            store.removeListener(good);
        }
    }

    @Test
    void listener_isToldAfterTheCommit_andNotOfARollback() {
        List<Long> heads = new ArrayList<>();
        Runnable listener = () -> heads.add(store.history().headNumber("told"));
        store.addListener(listener);
        try {
            memory.put(BUNDLE);
            try (StoreTransaction transaction = store.begin()) {
                transaction.propose("told", 0, "me", "never", stateOf(BUNDLE));
            }
            GenerationRecord record = commit(store, "told", BUNDLE);

            assertThat(heads).containsExactly(record.number());
        } finally {
            store.removeListener(listener);
        }
    }

    @Test
    void history_isRestoredInItsOrder_andGoesOn() {
        GenerationRecord first = commit(store, "main", BUNDLE);
        GenerationRecord second =
                commit(store, "main", TestBundles.bundle("a", "2").checked());
        try (MemoryStore copy = new MemoryStore()) {
            assertThatThrownBy(() -> restore(copy.store(), second)).isInstanceOf(ConflictException.class);

            restore(copy.store(), first, second);

            assertThat(copy.store().history().chain("main", 9))
                    .isEqualTo(store.history().chain("main", 9));
            assertThat(commit(copy.store(), "main", TestBundles.bundle("a", "3").checked())
                            .number())
                    .isEqualTo(second.number() + 1);
        }
    }

    private static void restore(Store copy, GenerationRecord... records) {
        try (StoreTransaction transaction = copy.begin()) {
            List.of(records).forEach(transaction::restore);
            transaction.commit();
        }
    }

    @Test
    void lineBreaksInHeaders_doNotSpoilTheTable() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("odd", "1").checked();
        Content plain = bundle.content();
        Content odd = new Content(
                plain.digest(),
                plain.sizeBytes(),
                plain.symbolicName(),
                plain.version(),
                Map.of("A", "one\r\ntwo\rthree\nfour", "B", "x: y"));
        try (StoreTransaction transaction = store.begin()) {
            transaction.put(odd, bundle.source(), bundle.index());
            transaction.commit();
        }

        assertThat(store.contents().find(odd.digest()).orElseThrow().headers())
                .containsEntry("A", "one  two three four")
                .containsEntry("B", "x: y");
    }

    private static GenerationRecord commit(Store where, String channel, CheckedBundle bundle) {
        try (StoreTransaction transaction = where.begin()) {
            transaction.put(bundle.content(), bundle.source(), bundle.index());
            GenerationRecord record =
                    transaction.propose(channel, where.history().headNumber(channel), "me", "", stateOf(bundle));
            transaction.moveHead(record.number(), true, Optional.empty());
            transaction.commit();
            return where.history().find(record.number()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SystemState stateOf(CheckedBundle bundle) {
        Content content = bundle.content();
        return SystemState.of(
                List.of(new GenerationEntry(
                        "mainstay:" + content.symbolicName(),
                        content.symbolicName(),
                        content.version(),
                        content.digest(),
                        1)),
                Map.of(),
                List.of());
    }
}
