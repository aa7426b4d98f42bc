package io.mainstay.framework.workshop;

import io.mainstay.framework.apply.Sight;
import io.mainstay.framework.content.BundleClasses;
import io.mainstay.framework.content.StoredJars;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.source.BundleBuilder;
import io.mainstay.source.ClassPath;
import io.mainstay.source.Project;
import io.mainstay.source.SourceCompiler;
import io.mainstay.store.Content;
import io.mainstay.zip.PackedJar;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compiles the tests that lie beside the source of a bundle, and runs them, in a state of the system.
 *
 * @param surroundings finds what a bundle sees
 * @param jars gives the bundles' bytes
 * @param properties the framework properties of the state
 * @param bundles the bundles of the state
 */
record BundleTests(
        Surroundings surroundings, StoredJars jars, Map<String, String> properties, List<TargetBundle> bundles) {

    /** @throws UnsupportedOperationException if JUnit is not on the class path */
    TestReport run(Project project, Content content, String location) {
        if (!HostClasses.ALL.has(Surroundings.JUNIT)) {
            throw new UnsupportedOperationException(
                    "Cannot run tests: JUnit (junit-jupiter and junit-platform-launcher) is not on the class path");
        }
        PackedJar jar = jars.of(content.digest());
        List<Sight.Seen> seen = surroundings.seen(properties, bundles, location);
        ClassPath classPath = surroundings.classPath(bundles, seen, true);
        SortedMap<String, byte[]> own = new TreeMap<>();
        jar.names().stream()
                .filter(name -> !name.endsWith("/"))
                .forEach(name -> own.put(name, jar.expand(jar.find(name).orElseThrow())));
        SourceCompiler.Result compiled = SourceCompiler.compile(
                project, Project.TESTS, own, classPath, BundleBuilder.release(Optional.of(jar), project));
        if (compiled.failed()) {
            return new TestReport(content.label(), 0, 0, List.of(), compiled.problems());
        }
        own.putAll(compiled.classes());
        Set<String> wired = seen.stream()
                .filter(Sight.Seen::wired)
                .map(Sight.Seen::location)
                .collect(Collectors.toSet());
        List<BundleClasses> others = bundles.stream()
                .sorted(Comparator.comparing(bundle -> !wired.contains(bundle.location())))
                .map(bundle -> new BundleClasses(
                        jars.of(bundle.entry().content()), bundle.content().headers()))
                .toList();
        return TestRun.run(content.label(), compiled.classes(), new TestLoader(own, others));
    }
}
