package io.mainstay.store.spi;

import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import org.osgi.annotation.versioning.ConsumerType;

/** Opens stores of one kind of database. Found through {@link java.util.ServiceLoader}; thread-safe. */
@ConsumerType
public interface StoreProvider {

    /** {@return whether this provider understands the URL} */
    boolean accepts(String url);

    /** Opens the store; see {@link Store#open} for what it throws. */
    Store open(StoreOptions options);
}
