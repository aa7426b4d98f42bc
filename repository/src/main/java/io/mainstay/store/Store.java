package io.mainstay.store;

import io.mainstay.store.spi.StoreProvider;
import java.util.Optional;
import java.util.ServiceLoader;

/** The database that holds the code of a system. Thread-safe; whoever opens a store closes it. */
public interface Store extends AutoCloseable {

    /**
     * Opens a store, makes its tables if they are missing, and migrates them if they are old.
     *
     * @throws StoreException if no engine understands the URL
     * @throws StoreUnreachableException if the database is not there
     * @throws SchemaTooNewException if a newer program has written it
     */
    static Store open(StoreOptions options) {
        for (StoreProvider provider : ServiceLoader.load(StoreProvider.class, Store.class.getClassLoader())) {
            if (provider.accepts(options.url())) {
                return provider.open(options);
            }
        }
        throw new StoreException("No engine for the store " + options.publicUrl()
                + "; known are jdbc:derby:… (embedded, //host for a server) and jdbc:postgresql:…");
    }

    /** {@return the URL, without credentials} */
    String url();

    /** {@return whether the database lives in this process, so that no other process can use it directly} */
    boolean embedded();

    /** {@return how other processes of this machine reach an embedded store that was opened as shared} */
    Optional<StoreOptions> sharedAccess();

    /** {@return the content} */
    Contents contents();

    /** {@return the generations} */
    History history();

    /** {@return the nodes} */
    Nodes nodes();

    /** {@return what nodes are asked to do} */
    NodeRequests requests();

    /** {@return the source that somebody works on} */
    Drafts drafts();

    /** Opens a transaction; the caller closes it. */
    StoreTransaction begin();

    /**
     * Reads everything again and checks it: content and manifests against their digests, the chain of generations, and
     * that nothing a retained generation needs is missing.
     *
     * @param progress told the bytes read so far and the bytes to read; called on this thread
     */
    VerifyReport verify(Progress progress);

    /**
     * Drops content that no kept generation needs. Kept are, for every channel, the {@code keep} youngest generations of
     * its head's chain, the youngest proven one, and all proposals.
     *
     * @param keep 1 or more
     */
    CollectReport collect(int keep);

    /**
     * Runs {@code listener} after each commit that a channel has news by, on the committing thread: through any store of this
     * process that has the same URL, or by a client of the server that shares it, see {@link StoreOptions#share}. What it
     * throws goes to the log.
     */
    void addListener(Runnable listener);

    /** Ends a subscription. */
    void removeListener(Runnable listener);

    @Override
    void close();
}
