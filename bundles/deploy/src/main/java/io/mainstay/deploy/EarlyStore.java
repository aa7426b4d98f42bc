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
 * A store that is opened while the command line is still being read, because nobody waits for anything longer: for a node the
 * store in a folder of this machine that nobody has, for all else one that a node has, through that node. Nobody is kept from a
 * store by it. What goes wrong is left to who opens it afterwards.
 */
final class EarlyStore {
    private final StoreOptions asked;
    private final Optional<NodeFile> owner;
    private final CompletableFuture<Store> opening;

    private EarlyStore(StoreOptions asked, Optional<NodeFile> owner) {
        this.asked = asked;
        this.owner = owner;
        StoreOptions options = owner.map(NodeFile::access).orElse(asked);
        this.opening = CompletableFuture.supplyAsync(
                () -> Store.open(options), task -> new Thread(task, "mainstay-store").start());
    }

    /** Begins to open the store that a command line seems to name. */
    static Optional<EarlyStore> of(List<String> words) {
        if (words.isEmpty() || words.get(0).startsWith("-") || words.contains("-h") || words.contains("--help")) {
            return Optional.empty();
        }
        try {
            Tool.StoreOption told = new Tool.StoreOption();
            Tool.option(words, "--store").ifPresent(url -> told.url = url);
            Tool.option(words, "--data").ifPresent(data -> told.data = Path.of(data));
            StoreOptions named = Configuration.read(told).store();
            boolean node = words.get(0).equals("run");
            return NodeFile.pathFor(named.url())
                    .filter(file -> Files.isDirectory(file.resolveSibling("store")))
                    .map(NodeFile::readAlive)
                    .filter(owner -> owner.isPresent() != node)
                    .map(owner -> new EarlyStore(node ? named.share() : named.existing(), owner));
        } catch (RuntimeException e) {
            return Optional.empty(); // it will be read again, and told
        }
    }

    /** {@return the node that has the store} */
    Optional<NodeFile> owner() {
        return owner;
    }

    /** A node may have started, or ended, in the meantime. */
    private Optional<NodeFile> ownerNow() {
        return NodeFile.pathFor(asked.url()).flatMap(NodeFile::readAlive);
    }

    /** {@return the store, if these are its options, and it could be opened; whoever gets it closes it} */
    Optional<Store> take(StoreOptions wanted) {
        if (!wanted.equals(asked) || !ownerNow().equals(owner)) {
            drop();
            return Optional.empty();
        }
        try {
            return Optional.of(opening.join());
        } catch (CompletionException e) {
            return Optional.empty(); // it will be tried again, and told
        }
    }

    /** Closes it, when it has been opened for nothing. A node that does not answer is not waited for. */
    void drop() {
        CompletableFuture<Void> closed = opening.handle((store, failure) -> {
            if (store != null) {
                store.close();
            }
            return null;
        });
        if (owner.isEmpty()) {
            closed.join();
        }
    }
}
