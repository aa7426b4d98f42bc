package io.mainstay.intake;

import io.mainstay.store.ContentSource;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * Stores checked bundles, in transactions of bounded size: a database keeps all log and locks of an open one. The last
 * transaction stays open for whatever refers to the bundles, so that a small upload is one transaction with it. What a
 * larger upload has committed when it breaks off is content without a reference: nobody sees it, and gc drops it.
 *
 * <p>Not thread-safe; the caller closes.
 */
public final class Upload implements AutoCloseable {
    private static final long BATCH_BYTES = 32L << 20;

    private final Store store;
    private StoreTransaction transaction;

    /** Begins an upload. */
    public Upload(Store store) {
        this.store = store;
        this.transaction = store.begin();
    }

    /**
     * Stores bundles, in the order of their digests, so that two uploads of the same never wait for each other in a
     * circle.
     *
     * @param progress told the bytes done and to be done
     * @return how many of them were new
     * @throws IOException if one cannot be read, or has changed since it was checked
     */
    public int put(List<CheckedBundle> bundles, Progress progress) throws IOException {
        List<CheckedBundle> ordered = bundles.stream()
                .sorted(Comparator.comparing(bundle -> bundle.content().digest()))
                .toList();
        long total = ordered.stream()
                .mapToLong(bundle -> bundle.content().sizeBytes())
                .sum();
        long done = 0;
        long batch = 0;
        int stored = 0;
        for (CheckedBundle bundle : ordered) {
            if (batch > BATCH_BYTES) {
                transaction.commit();
                transaction.close();
                transaction = store.begin();
                batch = 0;
            }
            ContentSource counted = new CountedSource(bundle.source(), done, total, progress);
            if (transaction.put(bundle.content(), counted, bundle.index())) {
                stored++;
                batch += bundle.content().sizeBytes();
            }
            done += bundle.content().sizeBytes();
            progress.update(done, total);
        }
        return stored;
    }

    /** {@return the open transaction, for what refers to the bundles; the caller commits it} */
    public StoreTransaction transaction() {
        return transaction;
    }

    @Override
    public void close() {
        transaction.close();
    }
}
