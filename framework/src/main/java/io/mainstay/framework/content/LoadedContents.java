package io.mainstay.framework.content;

import io.mainstay.framework.retention.DefinedCode;
import io.mainstay.framework.retention.OldCode;
import io.mainstay.store.Contents;
import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.framework.StoreClassLoader;
import org.osgi.framework.BundleException;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contents that a running framework has in memory. They are read and checked before Felix hears of them, so that a
 * framework, once it runs, needs the database for changes only. Thread-safe.
 */
public final class LoadedContents implements ContentShelf {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedContents.class);

    private final NativeLibraries natives = new NativeLibraries();
    private final Map<Digest, PackedJar> loaded = new ConcurrentHashMap<>();
    /** What Felix was last given for a location. */
    private final Map<String, PackedJar> given = new ConcurrentHashMap<>();

    private volatile CompletableFuture<Void> ahead = CompletableFuture.completedFuture(null);
    private final OldCode oldCode;
    private final DefinedCode defined = new DefinedCode();
    private volatile Framework framework;

    /** @param oldCode told of each class loader that is made */
    public LoadedContents(OldCode oldCode) {
        this.oldCode = oldCode;
    }

    /** {@return which content is behind each class loader} */
    public DefinedCode defined() {
        return defined;
    }

    /** Says which framework this serves; once, before it is initialised. */
    public void serve(Framework served) {
        framework = served;
    }

    /**
     * Begins to read contents that will be needed, on a thread of its own. What goes wrong is told by {@link #load}, which
     * waits for this, and reads again what is missing.
     */
    public void prefetch(Contents contents, Collection<Digest> digests) {
        ahead = CompletableFuture.runAsync(
                () -> read(contents, digests), task -> new Thread(task, "mainstay-prefetch").start());
    }

    /** Reads contents that are not in memory yet, and checks them. Nothing is kept if one of them is damaged. */
    public void load(Contents contents, Collection<Digest> digests) {
        try {
            ahead.join();
        } catch (CompletionException e) {
            LOG.debug("Reading ahead failed", e);
        }
        read(contents, digests);
    }

    private void read(Contents contents, Collection<Digest> digests) {
        Set<Digest> missing = new HashSet<>(digests);
        missing.removeAll(loaded.keySet());
        if (missing.isEmpty()) {
            return;
        }
        Map<Digest, PackedJar> fresh = new HashMap<>();
        contents.read(missing).forEach((digest, bytes) -> fresh.put(digest, PackedJar.of(digest, bytes)));
        loaded.putAll(fresh);
    }

    /** Lets go of all but {@code kept}; revisions that still use others keep those alive. */
    public void retain(Collection<Digest> kept) {
        Set<Digest> all = new HashSet<>(kept);
        loaded.keySet().retainAll(all);
        given.values().removeIf(jar -> !all.contains(jar.digest()));
    }

    @Override
    public ConnectContent content(Digest digest, String location) throws BundleException {
        PackedJar bytes = loaded.get(digest);
        if (bytes == null) {
            throw new BundleException("Content " + digest + " of " + location + " was not loaded from the store");
        }
        given.put(location, bytes);
        return new BundleContent(bytes, () -> loader(bytes, location));
    }

    private Optional<ClassLoader> loader(PackedJar jar, String location) {
        Optional<StoreClassLoader> made = StoreClassLoader.forAskingWiring(framework, location, natives::put);
        made.ifPresent(loader -> {
            oldCode.note(loader);
            defined.note(loader, jar);
            loader.fragments().map(given::get).filter(Objects::nonNull).forEach(one -> defined.note(loader, one));
        });
        return made.map(loader -> loader);
    }

    @Override
    public void clear() {
        natives.clear();
    }
}
