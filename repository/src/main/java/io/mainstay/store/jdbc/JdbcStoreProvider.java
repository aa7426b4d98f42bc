package io.mainstay.store.jdbc;

import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.spi.StoreProvider;

/** Opens stores in Derby and PostgreSQL. */
public final class JdbcStoreProvider implements StoreProvider {

    /** Called by {@link java.util.ServiceLoader}. */
    public JdbcStoreProvider() {}

    @Override
    public boolean accepts(String url) {
        return DerbyDialect.accepts(url) || url.startsWith("jdbc:postgresql:");
    }

    @Override
    public Store open(StoreOptions options) {
        Dialect dialect = DerbyDialect.accepts(options.url()) ? new DerbyDialect(options.url()) : new PostgresDialect();
        return JdbcStore.open(dialect, options);
    }
}
