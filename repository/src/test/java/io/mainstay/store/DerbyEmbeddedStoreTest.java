package io.mainstay.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on Derby in this process, on a disk. */
class DerbyEmbeddedStoreTest extends StoreContract {
    @TempDir
    private Path folder;

    @Override
    StoreOptions fresh() {
        return StoreOptions.of("jdbc:derby:" + folder.resolve("store"));
    }
}
