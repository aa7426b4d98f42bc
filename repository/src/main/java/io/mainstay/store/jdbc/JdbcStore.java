package io.mainstay.store.jdbc;

import io.mainstay.store.CollectReport;
import io.mainstay.store.Contents;
import io.mainstay.store.Drafts;
import io.mainstay.store.History;
import io.mainstay.store.NodeRequests;
import io.mainstay.store.Nodes;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.VerifyReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store behind JDBC. */
final class JdbcStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcStore.class);
    /**
     * How many stores of this process use an embedded database; the last one shuts it down. Guarded by itself, which also
     * puts openers of embedded databases in line. Nobody holds it while waiting for a network.
     */
    private static final Map<String, Integer> USERS = new HashMap<>();
    /** Of all stores of this process, by what they have in common: a commit through one is news for all. */
    private static final Map<String, List<Runnable>> LISTENERS = new ConcurrentHashMap<>();

    private final Database database;
    private final StoreOptions options;
    private final ContentTable contents;
    private final GenerationTable history;
    private final NodeTable nodes;
    private final NodeRequestTable requests;
    private final DraftTable drafts;
    /** It takes a while to start, and nobody needs it before others are told where it is. */
    private final Optional<CompletableFuture<DerbyServer>> server;

    private final List<Runnable> listeners;
    private boolean closed;

    private JdbcStore(Database database, StoreOptions options, Optional<CompletableFuture<DerbyServer>> server) {
        this.database = database;
        this.options = options;
        this.contents = new ContentTable(database);
        this.history = new GenerationTable(database);
        this.nodes = new NodeTable(database);
        this.requests = new NodeRequestTable(database);
        this.drafts = new DraftTable(database);
        this.server = server;
        this.listeners = listeners(options);
    }

    private static List<Runnable> listeners(StoreOptions options) {
        return LISTENERS.computeIfAbsent(place(options), key -> new CopyOnWriteArrayList<>());
    }

    static JdbcStore open(Dialect dialect, StoreOptions options) {
        if (!dialect.embedded()) {
            return new JdbcStore(Database.open(dialect, options), options, Optional.empty());
        }
        synchronized (USERS) {
            try {
                return openEmbedded(dialect, options);
            } catch (RuntimeException e) {
                if (!USERS.containsKey(place(options))) {
                    dialect.shutDown(options);
                }
                throw e;
            }
        }
    }

    private static JdbcStore openEmbedded(Dialect dialect, StoreOptions options) {
        boolean serve = options.shared();
        Database database = Database.open(dialect, options);
        try {
            if (serve) {
                DerbyGate.prove();
            }
            Optional<CompletableFuture<DerbyServer>> server = serve
                    ? Optional.of(CompletableFuture.supplyAsync(
                            () -> DerbyServer.start(options.url(), () -> tell(listeners(options))),
                            task -> new Thread(task, "mainstay-share").start()))
                    : Optional.empty();
            USERS.merge(place(options), 1, Integer::sum);
            return new JdbcStore(database, options, server);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** {@return what two URLs of one database have in common} */
    private static String place(StoreOptions options) {
        return options.url().replaceAll(";.*", "");
    }

    @Override
    public String url() {
        return database.url();
    }

    @Override
    public boolean embedded() {
        return database.dialect().embedded();
    }

    @Override
    public Optional<StoreOptions> sharedAccess() {
        return server.map(JdbcStore::started).map(DerbyServer::access);
    }

    private static DerbyServer started(CompletableFuture<DerbyServer> server) {
        try {
            return server.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StoreException told ? told : e;
        }
    }

    private static void stop(CompletableFuture<DerbyServer> server) {
        try {
            server.join().close();
        } catch (CompletionException e) {
            LOG.debug("What did not start need not be stopped", e);
        }
    }

    @Override
    public Contents contents() {
        return contents;
    }

    @Override
    public History history() {
        return history;
    }

    @Override
    public Nodes nodes() {
        return nodes;
    }

    @Override
    public NodeRequests requests() {
        return requests;
    }

    @Override
    public Drafts drafts() {
        return drafts;
    }

    @Override
    public StoreTransaction begin() {
        return new JdbcTransaction(database, contents, () -> tell(listeners));
    }

    /** What was committed stays committed, whatever a listener makes of it. */
    private static void tell(List<Runnable> listeners) {
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.warn("A listener failed after a commit", e);
            }
        }
    }

    @Override
    public VerifyReport verify(Progress progress) {
        return new Verification(database, this).run(progress);
    }

    @Override
    public CollectReport collect(int keep) {
        return new Collection(database).run(keep);
    }

    @Override
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    @Override
    public void close() {
        if (!embedded()) {
            database.close();
            return;
        }
        synchronized (USERS) {
            if (closed) {
                return;
            }
            closed = true;
            server.ifPresent(JdbcStore::stop);
            database.close();
            if (USERS.merge(place(options), -1, Integer::sum) == 0) {
                USERS.remove(place(options));
                database.dialect().shutDown(options);
            }
        }
    }
}
