package org.apache.felix.framework;

import io.mainstay.framework.durable.DurableServices;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.framework.cache.ConnectContentContent;
import org.apache.felix.framework.cache.Content;
import org.apache.felix.framework.util.manifestparser.NativeLibrary;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * Felix's class loader of a bundle, for content that is not in a file: it can give native libraries to the operating
 * system. It sits in Felix's package because Felix asks each loader whether it is one of its own kind, and treats all
 * others as strangers, without imports, weaving and lazy activation.
 *
 * <p>Thread-safe, as its parent is. One per wiring: a reset gets a new one.
 */
public final class StoreClassLoader extends BundleWiringImpl.BundleClassLoader {
    static {
        ClassLoader.registerAsParallelCapable();
    }

    /** Puts a library where the operating system can load it from. */
    @FunctionalInterface
    public interface NativeShelf {
        /** {@return the absolute path of a fresh file that holds {@code bytes}} */
        String put(String library, byte[] bytes) throws IOException;
    }

    private static final String DURABLE = DurableServices.class.getPackageName() + ".";

    private final Felix felix;
    private final BundleRevisionImpl revision;
    private final BundleWiringImpl wiring;
    private final NativeShelf shelf;
    /** Paths by library name. Guarded by itself. */
    private final java.util.Map<String, String> found = new java.util.HashMap<>();

    private StoreClassLoader(Felix felix, BundleRevisionImpl revision, BundleWiringImpl wiring, NativeShelf shelf) {
        super(wiring, parent(felix), felix.getLogger());
        this.felix = felix;
        this.revision = revision;
        this.wiring = wiring;
        this.shelf = shelf;
    }

    /**
     * Makes the loader of the wiring that is asking for one on this thread: Felix holds the wiring's monitor while it
     * asks. Empty for a revision that is no longer current, which then gets Felix's own loader.
     */
    public static Optional<ClassLoader> forAskingWiring(Framework framework, String location, NativeShelf shelf) {
        Felix felix = (Felix) framework;
        if (!(felix.getBundle(location) instanceof BundleImpl bundle)) {
            return Optional.empty();
        }
        BundleRevisionImpl revision = bundle.adapt(BundleRevisionImpl.class);
        if (revision == null
                || !(revision.getWiring() instanceof BundleWiringImpl wiring)
                || !Thread.holdsLock(wiring)) {
            return Optional.empty();
        }
        return Optional.of(new StoreClassLoader(felix, revision, wiring, shelf));
    }

    /** OSGi Core 8, 4.2.2: {@code org.osgi.framework.bundle.parent}. */
    private static ClassLoader parent(Felix felix) {
        Object configured = felix.getConfig().get(Constants.FRAMEWORK_BUNDLE_PARENT);
        return switch (configured == null ? "" : configured.toString().toLowerCase(java.util.Locale.ROOT)) {
            case Constants.FRAMEWORK_BUNDLE_PARENT_APP -> ClassLoader.getSystemClassLoader();
            case Constants.FRAMEWORK_BUNDLE_PARENT_EXT ->
                ClassLoader.getSystemClassLoader().getParent();
            case Constants.FRAMEWORK_BUNDLE_PARENT_FRAMEWORK -> BundleRevisionImpl.class.getClassLoader();
            default -> null;
        };
    }

    /**
     * The generated class of a service with an interface that is not public has to be beside that interface, in this
     * loader, and has to find what it calls.
     */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        try {
            return super.loadClass(name, resolve);
        } catch (ClassNotFoundException e) {
            if (name.startsWith(DURABLE)) {
                return Class.forName(name, false, DurableServices.class.getClassLoader());
            }
            throw e;
        }
    }

    /** OSGi Core 8, 3.10: the libraries of the host's clause, then those of its fragments. */
    @Override
    protected String findLibrary(String name) {
        String wanted = name.startsWith("/") ? name.substring(1) : name;
        synchronized (found) {
            return found.computeIfAbsent(wanted, this::shelve);
        }
    }

    private String shelve(String name) {
        List<NativeLibrary> libraries = wiring.getNativeLibraries();
        if (libraries == null) {
            return null;
        }
        for (NativeLibrary library : libraries) {
            if (library.match(felix.getConfig(), name)) {
                for (Content content : contents()) {
                    Optional<String> path = shelve(content, library.getEntryName());
                    if (path.isPresent()) {
                        return path.get();
                    }
                }
            }
        }
        return null;
    }

    private List<Content> contents() {
        List<Content> contents = new ArrayList<>();
        contents.add(revision.getContent());
        if (wiring.getFragmentContents() != null) {
            contents.addAll(wiring.getFragmentContents());
        }
        return contents;
    }

    private Optional<String> shelve(Content content, String entry) {
        if (!(content instanceof ConnectContentContent)) {
            return Optional.ofNullable(content.getEntryAsNativeLibrary(entry));
        }
        if (!content.hasEntry(entry) || content.isDirectory(entry)) {
            return Optional.empty();
        }
        try {
            return Optional.of(shelf.put(entry, content.getEntryAsBytes(entry)));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot give native library " + entry + " of " + getBundle() + " to the" + " operating system: "
                            + e.getMessage(),
                    e);
        }
    }
}
