package io.mainstay.deploy;

import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A store that is opened while the command line is still being read, because nobody waits for anything longer. Only one that
 * is there already, in a folder of this machine; what goes wrong is left to who opens it afterwards.
 */
final class EarlyStore {
    /** Verbs that read much before they ask for the store: nobody is kept from one that nobody has meanwhile. */
    private static final Set<String> READING = Set.of("deploy", "plan");

    /** Verbs that ask for the store whatever else they are told. */
    private static final Set<String> ASKING = Set.of(
            "deploy",
            "remove",
            "plan",
            "status",
            "log",
            "show",
            "diff",
            "rollback",
            "adopt",
            "repair",
            "drafts",
            "verify",
            "export",
            "gc");

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

    /** Begins to open the store that a command line seems to name; one that is for a node only where no other node has it. */
    static Optional<EarlyStore> of(List<String> words) {
        boolean node = words.indexOf("run") == 0;
        if (words.isEmpty() || !node && !ASKING.contains(words.get(0)) || asksForHelp(words)) {
            return Optional.empty();
        }
        try {
            Tool.StoreOption told = new Tool.StoreOption();
            Tool.option(words, "--store").ifPresent(url -> told.url = url);
            Tool.option(words, "--data").ifPresent(data -> told.data = Path.of(data));
            StoreOptions named = Configuration.read(told).store();
            StoreOptions options = node ? named.share() : named.existing();
            return NodeFile.pathFor(options.url())
                    .filter(file -> Files.isDirectory(file.resolveSibling("store")))
                    .map(NodeFile::readAlive)
                    .filter(owner -> owner.isPresent() ? !node : !READING.contains(words.get(0)))
                    .map(owner -> new EarlyStore(options, owner));
        } catch (RuntimeException e) {
            return Optional.empty(); // it will be read again, and told
        }
    }

    private static boolean asksForHelp(List<String> words) {
        return words.contains("-h") || words.contains("--help");
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
