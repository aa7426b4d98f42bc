package io.mainstay.framework.workshop;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import io.mainstay.framework.apply.Sight;
import io.mainstay.framework.content.BundleClasses;
import io.mainstay.framework.content.StoredJars;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.source.ClassPath;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** Finds the class path of a bundle: from whom it gets its packages in a state of the system. Thread-safe. */
final class Surroundings {
    /** So many findings are kept: who edits asks for the same ones again and again. */
    private static final int KEPT = 32;

    /** What the compiler and bnd need, and nobody at run time. */
    private static final List<String> ANNOTATIONS = List.of(
            "org.osgi.annotation.bundle",
            "org.osgi.annotation.versioning",
            "org.osgi.service.component.annotations",
            "org.osgi.service.metatype.annotations");

    /** The package without which there are no tests. */
    static final String JUNIT = "org.junit.platform.launcher.core";

    private static final List<String> TESTING = List.of(
            "org.apiguardian.api",
            "org.junit.jupiter.api",
            "org.junit.jupiter.api.condition",
            "org.junit.jupiter.api.extension",
            "org.junit.jupiter.api.function",
            "org.junit.jupiter.api.io",
            "org.junit.jupiter.params",
            "org.junit.jupiter.params.provider",
            "org.opentest4j");

    private static final Map<Digest, List<Sight.Seen>> SEEN = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, List<Sight.Seen>> eldest) {
            return size() > KEPT;
        }
    });

    private final Map<String, String> configuration;
    private final StoredJars jars;

    Surroundings(Map<String, String> configuration, StoredJars jars) {
        this.configuration = configuration;
        this.jars = jars;
    }

    /** {@return what a bundle sees that is there} */
    List<Sight.Seen> seen(Map<String, String> frameworkProperties, List<TargetBundle> bundles, String location) {
        return seen(
                frameworkProperties,
                bundles,
                location,
                bundles.stream()
                        .filter(bundle -> bundle.location().equals(location))
                        .findFirst()
                        .flatMap(TargetBundle::hostHeader));
    }

    /**
     * {@return what a bundle sees, or would see if it were there; a fragment what its host sees, and all of the host's own}
     *
     * @param hostHeader its header Fragment-Host; empty if it is no fragment
     */
    List<Sight.Seen> seen(
            Map<String, String> frameworkProperties,
            List<TargetBundle> bundles,
            String location,
            Optional<String> hostHeader) {
        Optional<TargetBundle> host = hostHeader.flatMap(header -> bundles.stream()
                .filter(bundle -> bundle.isHostFor(header))
                .max(Comparator.comparing(bundle -> bundle.entry().version())));
        return host.map(one -> withOwn(one, wired(frameworkProperties, bundles, one.location())))
                .orElseGet(() -> wired(frameworkProperties, bundles, location));
    }

    /** What the host is wired to comes before what it has itself (OSGi Core 8, 3.9.4). */
    private List<Sight.Seen> withOwn(TargetBundle host, List<Sight.Seen> seen) {
        Set<String> own = classes(host).packages();
        List<Sight.Seen> all = new ArrayList<>();
        seen.stream().filter(Sight.Seen::wired).forEach(all::add);
        own.forEach(name -> all.add(new Sight.Seen(name, exported(host.content(), name), host.location(), true)));
        seen.stream().filter(one -> !one.wired() && !own.contains(one.name())).forEach(all::add);
        return List.copyOf(all);
    }

    private static Version exported(Content content, String packageName) {
        Attrs export = OSGiHeader.parseHeader(content.headers().getOrDefault(Constants.EXPORT_PACKAGE, ""))
                .getOrDefault(packageName, new Attrs());
        return Version.parseVersion(export.get(Constants.VERSION_ATTRIBUTE));
    }

    /** It follows from the headers of all. */
    private List<Sight.Seen> wired(
            Map<String, String> frameworkProperties, List<TargetBundle> bundles, String location) {
        Map<String, String> all = new TreeMap<>(frameworkProperties);
        all.putAll(configuration);
        StringBuilder key = new StringBuilder();
        key.append(all).append('\n').append(location).append('\n');
        bundles.forEach(bundle -> key.append(bundle.location())
                .append(new TreeMap<>(bundle.content().headers()))
                .append('\n'));
        return SEEN.computeIfAbsent(
                Digest.of(key.toString().getBytes(StandardCharsets.UTF_8)), made -> Sight.of(all, bundles, location));
    }

    /** {@return the class path that this makes, of tests, or of what is tested} */
    ClassPath classPath(List<TargetBundle> bundles, List<Sight.Seen> seen, boolean ofTests) {
        Map<String, SortedMap<String, Version>> byLocation = new LinkedHashMap<>();
        for (Sight.Seen one : seen) {
            if (!one.location().equals(Sight.FRAMEWORK) || HostClasses.ALL.has(one.name())) {
                byLocation
                        .computeIfAbsent(one.location(), key -> new TreeMap<>())
                        .put(one.name(), one.version());
            }
        }
        Map<String, TargetBundle> there = new TreeMap<>();
        bundles.forEach(bundle -> there.put(bundle.location(), bundle));
        jars.read(byLocation.keySet().stream()
                .filter(there::containsKey)
                .map(location -> there.get(location).entry().content())
                .toList());
        List<ClassPath.Provider> providers = new ArrayList<>();
        byLocation.forEach((location, packages) -> providers.add(
                location.equals(Sight.FRAMEWORK)
                        ? host("system.bundle", packages)
                        : provider(there.get(location), packages)));
        providers.add(host("annotations", ANNOTATIONS));
        if (ofTests) {
            providers.add(host("junit", TESTING));
        }
        return new ClassPath(providers);
    }

    private static ClassPath.Provider host(String name, List<String> packages) {
        SortedMap<String, Version> there = new TreeMap<>();
        packages.stream().filter(HostClasses.ALL::has).forEach(one -> there.put(one, Version.emptyVersion));
        return host(name, there);
    }

    private static ClassPath.Provider host(String name, SortedMap<String, Version> packages) {
        return new ClassPath.Provider(name, Version.emptyVersion, name, packages, "", HostClasses.ALL);
    }

    private ClassPath.Provider provider(TargetBundle bundle, SortedMap<String, Version> packages) {
        return new ClassPath.Provider(
                bundle.entry().symbolicName(),
                bundle.entry().version(),
                bundle.entry().content().hex(),
                packages,
                contracts(bundle.content()),
                classes(bundle));
    }

    private BundleClasses classes(TargetBundle bundle) {
        return new BundleClasses(
                jars.of(bundle.entry().content()), bundle.content().headers());
    }

    /** bnd imports what is under a contract without a version, and requires the contract. */
    private static String contracts(Content content) {
        return OSGiHeader.parseHeader(content.headers().getOrDefault(Constants.PROVIDE_CAPABILITY, ""))
                .entrySet()
                .stream()
                .filter(clause -> clause.getKey().replace("~", "").equals("osgi.contract"))
                .map(clause -> "osgi.contract;" + clause.getValue())
                .collect(Collectors.joining(","));
    }
}
