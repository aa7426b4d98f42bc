package io.mainstay.framework.retention;

import io.mainstay.store.Digest;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Knows of each class loader of a bundle which content it defines classes of, for as long as the loader lives: what is on
 * a stack is of one of them. Costs nothing while classes are loaded. Thread-safe.
 */
public final class DefinedCode {
    /** Guarded by itself. */
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(WeakReference<BundleCode> code, Digest content) {}

    /** Notes a class loader that was made. */
    public void note(BundleCode code, Digest content) {
        synchronized (entries) {
            entries.removeIf(entry -> entry.code().get() == null);
            entries.add(new Entry(new WeakReference<>(code), content));
        }
    }

    /** {@return the contents of bundles that have defined a class of this name, each once} */
    public List<Digest> contents(String className) {
        List<Entry> all;
        synchronized (entries) {
            all = List.copyOf(entries);
        }
        return all.stream()
                .filter(entry -> {
                    BundleCode code = entry.code().get();
                    return code != null && code.hasDefined(className);
                })
                .map(Entry::content)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }
}
