package io.mainstay.framework.node;

import io.mainstay.framework.Settings;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The node that a bundle runs on: a service of the system bundle, for shells and consoles. Thread-safe.
 */
@ProviderType
public interface RunningNode {

    /** {@return the store that the node runs from; it stays the node's, do not close it} */
    Store store();

    /** {@return what the node was told} */
    Settings settings();

    /** {@return the framework properties that the node was started with} */
    Map<String, String> configuration();

    /** {@return since when the store is away, while it is; the node tries it again every few seconds} */
    Optional<Instant> storeAwaySince();

    /** {@return the generation that the node runs; empty before the first} */
    Optional<GenerationRecord> generation();
}
