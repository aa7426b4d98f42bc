package io.mainstay.deploy;

import io.mainstay.deploy.maven.MavenArtifacts;
import io.mainstay.deploy.maven.TransferProgress;
import io.mainstay.framework.Settings;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.Store;
import io.mainstay.store.StoreHeldException;
import io.mainstay.store.StoreMissingException;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.verbs.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * The command line as a place for verbs. The store is opened when a verb asks for it: directly, or through the node that
 * owns it. Not thread-safe.
 */
final class ToolPlace implements Place, AutoCloseable {
    /** Another tool may hold an embedded store for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Tool.StoreOption options;
    private final PrintStream out;
    private final PrintStream err;
    private Configuration configuration;
    private Store store;
    private MavenArtifacts artifacts;
    private Optional<NodeFile> owner = Optional.empty();
    /** Empty also when it was taken. */
    private Optional<EarlyStore> early = Optional.empty();

    ToolPlace(Tool.StoreOption options, PrintStream out, PrintStream err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /** Begins to open the store, where the command line will ask for it. */
    void openingEarly(String[] arguments) {
        early = EarlyStore.of(List.of(arguments));
        if (early.isPresent()) {
            LoggerFactory.getILoggerFactory(); // sets the log up here, while the store is opened on another thread
        }
    }

    Configuration told() {
        if (configuration == null) {
            configuration = Configuration.read(options);
        }
        return configuration;
    }

    @Override
    public Store store() {
        return open(told().store().existing());
    }

    @Override
    public Store storeForWriting() {
        NodeFile.pathFor(told().store().url()).map(Path::getParent).ifPresent(PrivateFolder::make);
        return open(told().store());
    }

    private Store open(StoreOptions wanted) {
        if (store == null) {
            store = connect(wanted);
        }
        return store;
    }

    private Store connect(StoreOptions wanted) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        owner = early.flatMap(EarlyStore::owner);
        Optional<Store> opened = takeEarly(wanted.existing());
        if (opened.isPresent()) {
            return opened.get();
        }
        while (true) {
            owner = NodeFile.pathFor(wanted.url()).flatMap(NodeFile::readAlive);
            try {
                return Store.open(owner.map(NodeFile::access).orElse(wanted));
            } catch (StoreMissingException e) {
                throw new StoreMissingException(
                        wanted.publicUrl() + " yet; `run` or `deploy` makes one, --store or --data names another", e);
            } catch (StoreHeldException e) {
                waitOrGiveUp(end, wanted, e);
            } catch (StoreUnreachableException e) {
                // the node of the file may just be starting or ending
                if (owner.isEmpty()) {
                    throw e;
                }
                waitOrGiveUp(end, wanted, e);
            }
        }
    }

    private Optional<Store> takeEarly(StoreOptions wanted) {
        Optional<Store> opened = early.flatMap(opening -> opening.take(wanted));
        early = Optional.empty();
        return opened;
    }

    /** Opens a store for a node of this process; a tool that holds it for a moment is waited for. */
    Store openOwn(StoreOptions wanted) {
        Optional<Store> opened = takeEarly(wanted);
        if (opened.isPresent()) {
            return opened.get();
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return Store.open(wanted);
            } catch (StoreHeldException e) {
                waitOrGiveUp(end, wanted, e);
            }
        }
    }

    private void waitOrGiveUp(long end, StoreOptions wanted, StoreUnreachableException failure) {
        if (System.nanoTime() > end) {
            throw owner.isEmpty()
                    ? failure
                    : new StoreUnreachableException(
                            "Cannot reach " + wanted.publicUrl() + " through "
                                    + owner.get().holder() + ", which holds it: " + failure.getMessage(),
                            failure);
        }
        try {
            Thread.sleep(100); // there is no event for a lock of another process
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }

    @Override
    public String channel() {
        return told().channel();
    }

    @Override
    public Map<String, String> configuration() {
        return told().all();
    }

    @Override
    public Optional<String> node() {
        return owner.map(NodeFile::node)
                .or(() -> Optional.ofNullable(told().settings().get(Settings.NODE)));
    }

    @Override
    public IntakeLimits limits() {
        return Settings.of(told().settings()).limits();
    }

    @Override
    public Path folder() {
        return Path.of("");
    }

    @Override
    public boolean isCoordinate(String text) {
        return MavenArtifacts.isCoordinate(text);
    }

    @Override
    public synchronized Path fetch(String coordinate) throws IOException {
        if (artifacts == null) {
            artifacts = MavenArtifacts.open(Optional.empty(), TransferProgress.NONE);
        }
        return artifacts.resolve(coordinate);
    }

    @Override
    public Optional<InputStream> piped() {
        return Terminal.givesInput() ? Optional.empty() : Optional.of(System.in);
    }

    @Override
    public PrintStream out() {
        return out;
    }

    @Override
    public PrintStream err() {
        return err;
    }

    @Override
    public ProgressDisplay progress(String what) {
        return Terminal.showsErrors() ? new TerminalProgress(what) : ProgressDisplay.NONE;
    }

    @Override
    public void close() {
        early.ifPresent(EarlyStore::drop);
        if (artifacts != null) {
            artifacts.close();
        }
        if (store != null) {
            store.close();
        }
    }
}
