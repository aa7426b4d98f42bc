package org.apache.felix.framework;

import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.felix.framework.RememberedWiring.Provider;
import org.apache.felix.framework.cache.Content;
import org.apache.felix.framework.util.Util;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Where a class loader finds classes and resources when its wiring is no longer in use: in the order of OSGi Core 8,
 * 3.9.4, in what the wiring led to. Nothing is wired any more, so a dynamic import that was not used before finds nothing.
 * Thread-safe.
 */
final class LateSearch {
    private final StoreClassLoader loader;
    private final BundleRevisionImpl revision;
    private final BundleWiringImpl wiring;
    private final RememberedWiring remembered;
    private final RevisionUrls urls;
    /** What this thread is looking for here: bundles may require each other. */
    private final ThreadLocal<Set<String>> searched = ThreadLocal.withInitial(HashSet::new);

    LateSearch(
            StoreClassLoader loader,
            BundleRevisionImpl revision,
            BundleWiringImpl wiring,
            RememberedWiring remembered,
            RevisionUrls urls) {
        this.loader = loader;
        this.revision = revision;
        this.wiring = wiring;
        this.remembered = remembered;
        this.urls = urls;
    }

    RememberedWiring remembered() {
        return remembered;
    }

    RevisionUrls urls() {
        return urls;
    }

    /** {@return the class, which the loader has not loaded yet} */
    Class<?> load(String name) throws ClassNotFoundException {
        return once("class " + name, () -> find(name)).orElseThrow(() -> notFound(name));
    }

    private ClassNotFoundException notFound(String name) {
        Provider imported = remembered.importOf(Util.getClassPackage(name));
        return new ClassNotFoundException(name + " not found by " + label(revision) + ", which was replaced: "
                + (imported == null
                        ? "its old code sees its own content, and what it was wired to before"
                        : "it had the package from " + label(imported.wiring().getRevision())
                                + (imported.isGone() ? ", which is gone" : ", which does not export it")));
    }

    private static String label(BundleRevision revision) {
        return revision.getSymbolicName() + " " + revision.getVersion();
    }

    /** {@return all URLs of a resource} */
    List<URL> resources(String name) {
        return once("resource " + name, () -> Optional.of(findResources(name))).orElse(List.of());
    }

    private <T> Optional<T> once(String what, Supplier<Optional<T>> search) {
        Set<String> mine = searched.get();
        if (!mine.add(what)) {
            return Optional.empty();
        }
        try {
            return search.get();
        } finally {
            mine.remove(what);
            if (mine.isEmpty()) {
                searched.remove();
            }
        }
    }

    private Optional<Class<?>> find(String name) {
        String packageName = Util.getClassPackage(name);
        if (wiring.shouldBootDelegate(packageName) || isOfReflection(name)) {
            Optional<Class<?>> found = find(wiring.getBootDelegationClassLoader()::loadClass, name);
            if (found.isPresent() || packageName.startsWith("java.")) {
                return found;
            }
        }
        Provider imported = remembered.importOf(packageName);
        if (imported != null) {
            return find(imported::load, name);
        }
        for (Provider provider : remembered.requiredFor(packageName)) {
            Optional<Class<?>> found = find(provider::load, name);
            if (found.isPresent()) {
                return found;
            }
        }
        Optional<Class<?>> own = findOwn(name, packageName);
        return own.isPresent() ? own : ImplicitDelegation.load(name, loader.felix());
    }

    /** The JDK's reflection makes classes whose parents it looks up with the loader of the class that is called. */
    private static boolean isOfReflection(String name) {
        return name.startsWith("jdk.internal.reflect.");
    }

    private interface Place {
        Class<?> load(String name) throws ClassNotFoundException;
    }

    private static Optional<Class<?>> find(Place place, String name) {
        try {
            return Optional.of(place.load(name));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    private Optional<Class<?>> findOwn(String name, String packageName) {
        String file = name.replace('.', '/') + ".class";
        for (Content content : remembered.contentPath()) {
            Optional<byte[]> bytes = bytes(content, file);
            if (bytes.isPresent()) {
                return Optional.of(loader.define(name, packageName, bytes.get(), remembered.domain()));
            }
        }
        return Optional.empty();
    }

    /** Content past the store is a file that Felix has closed by now. */
    private static Optional<byte[]> bytes(Content content, String entry) {
        try {
            return Optional.ofNullable(content.getEntryAsBytes(entry));
        } catch (IllegalStateException closed) {
            return Optional.empty();
        }
    }

    private List<URL> findResources(String name) {
        List<URL> found = new ArrayList<>();
        String packageName = Util.getResourcePackage(name);
        if (wiring.shouldBootDelegate(packageName)) {
            addAll(found, wiring.getBootDelegationClassLoader(), name);
            if (packageName.startsWith("java.")) {
                return found;
            }
        }
        Provider imported = remembered.importOf(packageName);
        if (imported != null) {
            addAll(found, imported, name);
            return found;
        }
        for (Provider provider : remembered.requiredFor(packageName)) {
            addAll(found, provider, name);
        }
        found.addAll(urls.of(name));
        if (found.isEmpty()) {
            ImplicitDelegation.loader(loader.felix()).ifPresent(host -> addAll(found, host, name));
        }
        return found;
    }

    private static void addAll(List<URL> found, Provider provider, String name) {
        if (!provider.isGone()) {
            addAll(found, provider.loader(), name);
        }
    }

    private static void addAll(List<URL> found, ClassLoader loader, String name) {
        try {
            found.addAll(Collections.list(loader.getResources(name)));
        } catch (IOException nothingThere) {
            // as Felix does: what cannot be searched has nothing
        }
    }
}
