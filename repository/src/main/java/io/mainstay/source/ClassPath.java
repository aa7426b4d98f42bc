package io.mainstay.source;

import io.mainstay.store.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.osgi.framework.Version;

/** What source is compiled against: the packages that a bundle sees, and from whom. Immutable; thread-safe. */
public final class ClassPath {
    private final List<Provider> providers;
    private final Map<String, List<Provider>> byPackage = new HashMap<>();

    /**
     * Who offers packages.
     *
     * @param name its symbolic name
     * @param version its version
     * @param identity what tells its bytes from others: a digest
     * @param packages the packages that are seen from there, with the versions that they are exported at
     * @param contracts the clauses of its Provide-Capability header in the namespace osgi.contract; empty if there are none
     * @param classes gives the classes of such a package, by their names without it
     */
    public record Provider(
            String name,
            Version version,
            String identity,
            SortedMap<String, Version> packages,
            String contracts,
            Classes classes) {
        /** Copies. */
        public Provider {
            packages = Collections.unmodifiableSortedMap(new TreeMap<>(packages));
        }
    }

    /** Gives classes. Thread-safe. */
    @FunctionalInterface
    public interface Classes {
        /** {@return the class files of a package, by the classes' names without it; empty if there are none} */
        Map<String, Supplier<byte[]>> of(String packageName);
    }

    /** Makes a class path of providers, of which the first that has a class wins. */
    public ClassPath(List<Provider> providers) {
        this.providers = List.copyOf(providers);
        for (Provider provider : providers) {
            for (String name : provider.packages().keySet()) {
                byPackage.computeIfAbsent(name, key -> new ArrayList<>()).add(provider);
            }
        }
    }

    /** {@return all that offer something} */
    public List<Provider> providers() {
        return providers;
    }

    /** {@return the class files of a package, by the classes' names without it} */
    Map<String, Supplier<byte[]>> classes(String packageName) {
        Map<String, Supplier<byte[]>> classes = new TreeMap<>();
        for (Provider provider : byPackage.getOrDefault(packageName, List.of())) {
            provider.classes().of(packageName).forEach(classes::putIfAbsent);
        }
        return classes;
    }

    /** {@return a digest of who offers what} */
    Digest digest() {
        StringBuilder text = new StringBuilder();
        providers.forEach(provider -> text.append(provider.identity())
                .append(' ')
                .append(provider.packages())
                .append('\n'));
        return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
