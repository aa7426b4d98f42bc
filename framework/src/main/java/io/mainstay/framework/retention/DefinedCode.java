package io.mainstay.framework.retention;

import io.mainstay.zip.PackedJar;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Knows of each class loader of a bundle from which jar it defines classes, for as long as the loader lives: what is on a
 * stack is of one of them. Costs nothing while classes are loaded, and holds neither loaders nor jars. Thread-safe.
 */
public final class DefinedCode {
    /** Guarded by itself. */
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(WeakReference<BundleCode> code, WeakReference<PackedJar> jar) {}

    /** Notes a class loader that was made. */
    public void note(BundleCode code, PackedJar jar) {
        synchronized (entries) {
            entries.removeIf(entry -> entry.code().get() == null);
            entries.add(new Entry(new WeakReference<>(code), new WeakReference<>(jar)));
        }
    }

    /** {@return the jars of bundles that have defined a class of this name, each content once} */
    public List<PackedJar> jars(String className) {
        List<Entry> all;
        synchronized (entries) {
            all = List.copyOf(entries);
        }
        Map<Object, PackedJar> jars = new LinkedHashMap<>();
        for (Entry entry : all) {
            BundleCode code = entry.code().get();
            PackedJar jar = entry.jar().get();
            if (code != null && jar != null && code.hasDefined(className)) {
                jars.putIfAbsent(jar.digest(), jar);
            }
        }
        return List.copyOf(jars.values());
    }
}
