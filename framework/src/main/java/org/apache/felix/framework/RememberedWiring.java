package org.apache.felix.framework;

import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.felix.framework.cache.Content;
import org.apache.felix.framework.capabilityset.SimpleFilter;
import org.apache.felix.framework.util.Util;
import org.apache.felix.framework.util.manifestparser.ManifestParser;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;

/**
 * What a class loader has to know of its wiring once Felix has disposed of it: where classes and resources come from.
 * Felix looks up a wire's provider by revision each time, and finds nothing, or the provider's next wiring, after a
 * reset; this keeps the class loaders that the wires led to. Immutable.
 *
 * <p>It leads from users to providers only, never back: the loader of a provider does not keep its users alive.
 */
final class RememberedWiring {
    /** The very list that this was made of: Felix puts another one in its place when a dynamic import is wired. */
    private final List<BundleWire> wires;

    private final Map<String, Provider> imports = new HashMap<>();
    private final Map<String, List<Provider>> required = new HashMap<>();
    private final Set<Provider> providers = new HashSet<>();
    private final List<BundleCapability> exports;
    private final List<Content> contentPath;
    private final List<Content> contents = new ArrayList<>();
    private final ProtectionDomain domain;
    /** Whether all wires could be noted. */
    private boolean whole = true;

    /** Whom a wire leads to. */
    record Provider(BundleWiringImpl wiring, ClassLoader loader) {
        Class<?> load(String className) throws ClassNotFoundException {
            return loader instanceof StoreClassLoader ours
                    ? ours.loadExported(className)
                    : wiring.getClassByDelegation(className);
        }

        /** Whether nothing comes from there any more: a bundle past the store was reset or removed. */
        boolean isGone() {
            return !wiring.isInUse() && !(loader instanceof StoreClassLoader);
        }
    }

    private RememberedWiring(BundleRevisionImpl revision, BundleWiringImpl wiring, List<BundleWire> wires) {
        this.wires = wires;
        exports = listOrEmpty(wiring.getCapabilities(BundleRevision.PACKAGE_NAMESPACE));
        contentPath = listOrEmpty(revision.getContentPath());
        contents.add(revision.getContent());
        contents.addAll(listOrEmpty(wiring.getFragmentContents()));
        domain = revision.getProtectionDomain();
        wires.forEach(this::add);
        providers.addAll(imports.values());
        required.values().forEach(providers::addAll);
    }

    /** Notes a wiring that is in use. Makes the class loaders of its providers where there are none yet. */
    static RememberedWiring of(BundleRevisionImpl revision, BundleWiringImpl wiring, List<BundleWire> wires) {
        return new RememberedWiring(revision, wiring, wires);
    }

    private static <T> List<T> listOrEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }

    private void add(BundleWire wire) {
        if (!(wire.getProviderWiring() instanceof BundleWiringImpl wiring) || wiring.getClassLoader() == null) {
            whole = false;
            return;
        }
        BundleCapability capability = wire.getCapability();
        switch (capability.getNamespace()) {
            case BundleRevision.PACKAGE_NAMESPACE -> imports.put(packageOf(capability), provider(wiring));
            case BundleRevision.BUNDLE_NAMESPACE -> {
                Set<String> packages = new LinkedHashSet<>();
                addVisible(wiring.getRevision(), packages, new HashSet<>());
                packages.forEach(name ->
                        required.computeIfAbsent(name, key -> new ArrayList<>()).add(provider(wiring)));
            }
            default -> {
                // gives no classes
            }
        }
    }

    private static Provider provider(BundleWiringImpl wiring) {
        return new Provider(wiring, wiring.getClassLoader());
    }

    /** OSGi Core 8, 3.13.1: what a required bundle exports, and what it re-exports of bundles that it requires. */
    private static void addVisible(BundleRevision revision, Set<String> packages, Set<BundleRevision> seen) {
        if (!seen.add(revision) || revision.getWiring() == null) {
            return;
        }
        for (BundleCapability export : revision.getDeclaredCapabilities(BundleRevision.PACKAGE_NAMESPACE)) {
            packages.add(packageOf(export));
        }
        for (BundleWire wire : listOrEmpty(revision.getWiring().getRequiredWires(BundleRevision.BUNDLE_NAMESPACE))) {
            boolean reexported = Constants.VISIBILITY_REEXPORT.equals(
                    wire.getRequirement().getDirectives().get(Constants.VISIBILITY_DIRECTIVE));
            if (reexported) {
                addVisible(wire.getProvider(), packages, seen);
            }
        }
    }

    private static String packageOf(BundleCapability capability) {
        return capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE).toString();
    }

    /** {@return whether nothing was wired since} */
    boolean isOf(List<BundleWire> current) {
        return wires == current;
    }

    /** {@return who a package is imported from, or null} */
    Provider importOf(String packageName) {
        return imports.get(packageName);
    }

    /** {@return the required bundles that have a package, in the order of the manifest} */
    List<Provider> requiredFor(String packageName) {
        return required.getOrDefault(packageName, List.of());
    }

    /** {@return whether nobody that a wire leads to is asked for a package} */
    boolean isOwn(String packageName) {
        return whole && !imports.containsKey(packageName) && !required.containsKey(packageName);
    }

    /** {@return all whom wires lead to} */
    Set<Provider> providers() {
        return providers;
    }

    /** {@return what is on the class path, fragments last} */
    List<Content> contentPath() {
        return contentPath;
    }

    /** {@return the bundle's own content, and that of its fragments} */
    List<Content> contents() {
        return contents;
    }

    ProtectionDomain domain() {
        return domain;
    }

    /** OSGi Core 8, 3.6.7: whether the export of the class's package leaves it out. */
    boolean hides(String className) {
        String packageName = Util.getClassPackage(className);
        String simple = Util.getClassName(className);
        boolean hidden = false;
        for (BundleCapability export : exports) {
            if (packageOf(export).equals(packageName)) {
                String include = export.getDirectives().get(Constants.INCLUDE_DIRECTIVE);
                String exclude = export.getDirectives().get(Constants.EXCLUDE_DIRECTIVE);
                hidden =
                        (include != null && !matches(include, simple)) || (exclude != null && matches(exclude, simple));
            }
        }
        return hidden;
    }

    private static boolean matches(String patterns, String simpleName) {
        return ManifestParser.parseDelimitedString(patterns, ",").stream()
                .anyMatch(pattern -> SimpleFilter.compareSubstring(SimpleFilter.parseSubstring(pattern), simpleName));
    }
}
