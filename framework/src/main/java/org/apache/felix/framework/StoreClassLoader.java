package org.apache.felix.framework;

import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.retention.BundleCode;
import io.mainstay.framework.retention.OldCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.security.ProtectionDomain;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.felix.framework.RememberedWiring.Provider;
import org.apache.felix.framework.cache.ConnectContentContent;
import org.apache.felix.framework.cache.Content;
import org.apache.felix.framework.util.Util;
import org.apache.felix.framework.util.manifestparser.NativeLibrary;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClassListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;

/**
 * Felix's class loader of a bundle, for content that is not in a file: it can give native libraries to the operating
 * system, and it goes on after its bundle was reset, for as long as somebody holds an object of it. It sits in Felix's
 * package because Felix asks each loader whether it is one of its own kind, and treats all others as strangers, without
 * imports, weaving and lazy activation.
 *
 * <p><b>In use.</b> While Felix uses the wiring, everything goes to Felix. What the wiring leads to is remembered after
 * the first class or resource was asked for, and again whenever a dynamic import was wired since; that is seen by
 * comparing one reference.
 *
 * <p><b>Afterwards,</b> old code gets what it was wired to: its own content with that of its fragments, and the class
 * loaders of its old providers, see {@link LateSearch}; nothing from bundles past the store that are gone themselves. Late
 * classes are woven as {@link LateWeaving} says, and never activate a bundle. URLs last, see {@link RevisionUrls}.
 *
 * <p><b>Let go.</b> Loaders lead from users to providers, never back, and nothing else holds them, so that an old one is
 * collected, with its classes and bytes, when the last object of it and of its users is gone.
 *
 * <p>Thread-safe, as its parent is. One per wiring: a reset gets a new one.
 */
public final class StoreClassLoader extends BundleWiringImpl.BundleClassLoader implements BundleCode {
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
    /** Null until something was asked for. */
    private volatile LateSearch late;

    /** What this has defined. No set: one that grows has the compiler busy for longer than all of them take to load. */
    private final Queue<Class<?>> classes = new ConcurrentLinkedQueue<>();

    private final Set<Class<?>> hostClasses = ConcurrentHashMap.newKeySet();
    /** Paths by library name. Guarded by itself. */
    private final Map<String, String> found = new HashMap<>();

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
    public static Optional<StoreClassLoader> forAskingWiring(Framework framework, String location, NativeShelf shelf) {
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
        return switch (configured == null ? "" : configured.toString().toLowerCase(Locale.ROOT)) {
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
        if (OldCode.isLooking() && isLazy() && findLoadedClass(name) == null) {
            throw new ClassNotFoundException(
                    name + " is not loaded to look at others, because it would start " + label());
        }
        try {
            Class<?> found = loadNowOrLate(name, resolve);
            noteHost(found);
            return found;
        } catch (ClassNotFoundException e) {
            if (name.startsWith(DURABLE)) {
                return Class.forName(name, false, DurableServices.class.getClassLoader());
            }
            throw e;
        }
    }

    private Class<?> loadNowOrLate(String name, boolean resolve) throws ClassNotFoundException {
        if (wiring.isInUse()) {
            try {
                Class<?> own = loadOwn(name);
                if (own != null) {
                    return own;
                }
                Class<?> found = super.loadClass(name, resolve);
                remember();
                return found;
            } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
                if (!isBeingReset()) {
                    throw e;
                }
            }
        }
        Class<?> found = loadLate(name);
        if (resolve) {
            resolveClass(found);
        }
        return found;
    }

    /** {@return a class of a package that can only be the bundle's own; null if that cannot be said at once} */
    private Class<?> loadOwn(String name) {
        LateSearch known = late;
        if (known == null || !isPlain() || !known.remembered().isOf(wiring.getRequiredWires(null))) {
            return null;
        }
        String packageName = Util.getClassPackage(name);
        return known.remembered().isOwn(packageName) && !wiring.shouldBootDelegate(packageName)
                ? findOwn(name, packageName)
                : null;
    }

    /** What bundles see that are wired to this one: not what the manifest excludes from the export. */
    Class<?> loadExported(String name) throws ClassNotFoundException {
        if (wiring.isInUse()) {
            try {
                return wiring.getClassByDelegation(name);
            } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
                if (!isBeingReset()) {
                    throw e;
                }
            }
        }
        if (late != null && late.remembered().hides(name)) {
            throw new ClassNotFoundException(name + " is not exported by " + label());
        }
        return loadLate(name);
    }

    private void noteHost(Class<?> found) {
        ClassLoader loader = found.getClassLoader();
        if (loader != null && !(loader instanceof BundleWiringImpl.BundleClassLoader)) {
            hostClasses.add(found);
        }
    }

    private boolean isLazy() {
        return wiring.isInUse() && wiring.getBundle().getState() == Bundle.STARTING;
    }

    @Override
    public boolean retired() {
        return !wiring.isInUse();
    }

    @Override
    public boolean hasDefined(String className) {
        Class<?> loaded = findLoadedClass(className);
        return loaded != null && loaded.getClassLoader() == this;
    }

    @Override
    public Collection<Class<?>> classes() {
        return Collections.unmodifiableCollection(classes);
    }

    @Override
    public Collection<Class<?>> hostClasses() {
        return Collections.unmodifiableSet(hostClasses);
    }

    @Override
    public String label() {
        return revision.getSymbolicName() + " " + revision.getVersion();
    }

    /** {@return the locations of the fragments whose classes this defines, too} */
    public Stream<String> fragments() {
        List<BundleRevision> fragments = wiring.getFragments();
        return fragments == null
                ? Stream.empty()
                : fragments.stream().map(fragment -> fragment.getBundle().getLocation());
    }

    private Class<?> loadLate(String name) throws ClassNotFoundException {
        Class<?> found = findLoadedClass(name);
        if (found != null) {
            return found;
        }
        if (late == null) {
            throw new ClassNotFoundException(
                    name + " not found by " + label() + ", which was replaced before any of its classes was used");
        }
        return late.load(name);
    }

    @Override
    public URL getResource(String name) {
        if (wiring.isInUse()) {
            try {
                URL found = super.getResource(name);
                remember();
                return lasting(found);
            } catch (RuntimeException e) {
                if (!isBeingReset()) {
                    throw e;
                }
            }
        }
        return resourcesLate(name).stream().findFirst().orElse(null);
    }

    @Override
    @SuppressWarnings("unchecked")
    public Enumeration<URL> getResources(String name) {
        if (wiring.isInUse()) {
            try {
                Enumeration<URL> found = super.getResources(name);
                remember();
                return found == null
                        ? Collections.emptyEnumeration()
                        : Collections.enumeration(Collections.list(found).stream()
                                .map(this::lasting)
                                .toList());
            } catch (RuntimeException e) {
                if (!isBeingReset()) {
                    throw e;
                }
            }
        }
        return Collections.enumeration(resourcesLate(name));
    }

    private List<URL> resourcesLate(String name) {
        LateSearch known = late;
        return known == null ? List.of() : known.resources(name);
    }

    /** Felix asks the loader of the revision that has the resource. */
    @Override
    protected URL findResource(String name) {
        return lasting(super.findResource(name));
    }

    private URL lasting(URL url) {
        LateSearch known = late;
        return known == null ? url : known.urls().lasting(url);
    }

    /** A reset takes away providers before their users: what Felix threw meanwhile may be due to that. */
    private boolean isBeingReset() {
        if (!wiring.isInUse()) {
            return true;
        }
        LateSearch known = late;
        return known != null
                && known.remembered().providers().stream()
                        .anyMatch(provider -> !provider.wiring().isInUse());
    }

    /** Notes what the wiring leads to, and lets those that it leads to do the same: they may never have been asked. */
    private void remember() {
        LateSearch known = late;
        List<BundleWire> wires = wiring.getRequiredWires(null);
        if (wires == null || (known != null && known.remembered().isOf(wires))) {
            return;
        }
        Deque<StoreClassLoader> open = new ArrayDeque<>(List.of(this));
        while (!open.isEmpty()) {
            StoreClassLoader loader = open.pop();
            if (loader == this || loader.late == null) {
                open.addAll(loader.rememberOwn());
            }
        }
    }

    /** {@return the loaders that the wires lead to} */
    private List<StoreClassLoader> rememberOwn() {
        List<BundleWire> wires = wiring.getRequiredWires(null);
        if (wires == null) {
            return List.of();
        }
        RememberedWiring remembered = RememberedWiring.of(revision, wiring, wires);
        late = new LateSearch(
                this, revision, wiring, remembered, new RevisionUrls(felix, revision, wiring, remembered));
        return remembered.providers().stream()
                .map(Provider::loader)
                .filter(StoreClassLoader.class::isInstance)
                .map(StoreClassLoader.class::cast)
                .filter(loader -> loader != this)
                .toList();
    }

    Felix felix() {
        return felix;
    }

    /** As Felix does, but by a shorter way where no hook looks on, and no class activates the bundle. */
    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (isPlain()) {
            return findOwn(name, Util.getClassPackage(name));
        }
        Class<?> found = findLoadedClass(name);
        if (found == null) {
            found = super.findClass(name);
            if (found != null) {
                classes.add(found);
            }
        }
        return found;
    }

    private Class<?> findOwn(String name, String packageName) {
        Class<?> found = findLoadedClass(name);
        if (found != null) {
            return found;
        }
        String file = name.replace('.', '/') + ".class";
        for (Content content : revision.getContentPath()) {
            byte[] bytes = content.getEntryAsBytes(file);
            if (bytes != null) {
                return defineOnce(name, packageName, bytes, revision.getProtectionDomain());
            }
        }
        return null;
    }

    private boolean isPlain() {
        return revision.getDeclaredActivationPolicy() == BundleRevisionImpl.EAGER_ACTIVATION
                && wiring.isInUse()
                && felix.getHookRegistry().getHooks(WeavingHook.class).isEmpty()
                && felix.getHookRegistry().getHooks(WovenClassListener.class).isEmpty();
    }

    /** Defines a class of the old content. */
    Class<?> define(String name, String packageName, byte[] file, ProtectionDomain domain) {
        return defineOnce(name, packageName, LateWeaving.weave(felix, wiring, this, name, file), domain);
    }

    /** No lock: of two threads the JVM lets one define it, and tells the other. */
    private Class<?> defineOnce(String name, String packageName, byte[] file, ProtectionDomain domain) {
        definePackageOnce(packageName);
        try {
            Class<?> defined = defineClass(name, file, 0, file.length, domain);
            classes.add(defined);
            return defined;
        } catch (LinkageError e) {
            Class<?> byAnother = findLoadedClass(name);
            if (byAnother == null) {
                throw e;
            }
            return byAnother;
        }
    }

    private void definePackageOnce(String name) {
        if (name.isEmpty() || getDefinedPackage(name) != null) {
            return;
        }
        try {
            definePackage(
                    name,
                    header("Specification-Title"),
                    header("Specification-Version"),
                    header("Specification-Vendor"),
                    header("Implementation-Title"),
                    header("Implementation-Version"),
                    header("Implementation-Vendor"),
                    null);
        } catch (IllegalArgumentException byAnotherThread) {
            // it is defined, which is all that matters
        }
    }

    private String header(String name) {
        return (String) revision.getHeaders().get(name);
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
        remember();
        LateSearch known = late;
        return known == null ? List.of() : known.remembered().contents();
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
                    "Cannot give native library " + entry + " of " + label() + " to the operating system: "
                            + e.getMessage(),
                    e);
        }
    }
}
