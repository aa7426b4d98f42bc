package io.mainstay.deploy;

import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A store that is opened while the command line is still being read, because a node that starts waits for nothing longer. Only
 * one that is there already, and that no other node holds; what goes wrong is left to who opens it afterwards.
 */
final class EarlyStore {
    private final StoreOptions options;
    private final CompletableFuture<Store> opening;

    private EarlyStore(StoreOptions options) {
        this.options = options;
        this.opening = CompletableFuture.supplyAsync(
                () -> Store.open(options), task -> new Thread(task, "mainstay-store").start());
    }

    /** Begins to open the store that a command line seems to name. */
    static Optional<EarlyStore> of(List<String> words) {
        try {
            Tool.StoreOption told = new Tool.StoreOption();
            Tool.option(words, "--store").ifPresent(url -> told.url = url);
            Tool.option(words, "--data").ifPresent(data -> told.data = Path.of(data));
            StoreOptions options = Configuration.read(told).store().share();
            return NodeFile.pathFor(options.url())
                    .filter(file -> Files.isDirectory(file.resolveSibling("store"))
                            && NodeFile.readAlive(file).isEmpty())
                    .map(file -> new EarlyStore(options));
        } catch (RuntimeException e) {
            return Optional.empty(); // it will be read again, and told
        }
    }

    /** {@return the store, if these are its options, and it could be opened; whoever gets it closes it} */
    Optional<Store> take(StoreOptions wanted) {
        if (!wanted.equals(options)) {
            drop();
            return Optional.empty();
        }
        try {
            return Optional.of(opening.join());
        } catch (CompletionException e) {
            return Optional.empty(); // it will be tried again, and told
        }
    }

    /** Closes it, when it has been opened for nothing. */
    void drop() {
        opening.handle((store, failure) -> {
                    if (store != null) {
                        store.close();
                    }
                    return null;
                })
                .join();
    }
}
