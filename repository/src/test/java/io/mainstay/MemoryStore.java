package io.mainstay;

import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreTransaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;

/** A fresh store in Derby's memory, which {@link #close} frees. */
public final class MemoryStore implements AutoCloseable {
    private final String url = "jdbc:derby:memory:" + UUID.randomUUID();
    private final Store store = Store.open(StoreOptions.of(url));

    /** {@return the store} */
    public Store store() {
        return store;
    }

    /** {@return its JDBC URL, for looking behind its back} */
    public String url() {
        return url;
    }

    /** Stores bundles in one transaction. */
    public void put(CheckedBundle... bundles) {
        try (StoreTransaction transaction = store.begin()) {
            for (CheckedBundle bundle : bundles) {
                transaction.put(bundle.content(), bundle.source(), bundle.index());
            }
            transaction.commit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Derby says by an exception that it has dropped the database. */
    @Override
    public void close() {
        store.close();
        try {
            DriverManager.getConnection(url + ";drop=true").close();
        } catch (SQLException e) {
            if (!"08006".equals(e.getSQLState())) {
                throw new IllegalStateException(e);
            }
        }
    }
}
