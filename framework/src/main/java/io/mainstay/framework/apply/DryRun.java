package io.mainstay.framework.apply;

import io.mainstay.framework.content.HeaderShelf;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.StartOrder;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Tries a change on a framework of its own, in this process, that is never started: it resolves what there is, does all
 * of the plan but the starting, and throws everything away. So the answer is Felix's own, name clashes, fragments and
 * native code included. Content is not read, only headers.
 */
public final class DryRun {
    private final Map<String, String> configuration;

    /** Makes a dry run in frameworks with these properties. */
    public DryRun(Map<String, String> configuration) {
        this.configuration = Map.copyOf(configuration);
    }

    /**
     * What a dry run found.
     *
     * @param plan what would be done
     * @param problems why it cannot be done, the root first; empty if it can
     * @param rewiredAtBoot what a framework that boots with it wires otherwise, a sentence each
     */
    public record Finding(Plan plan, List<String> problems, List<String> rewiredAtBoot) {}

    /**
     * Tries the way from {@code before} to {@code wanted}.
     *
     * @param unswapped the locations of bundles that are not swapped
     */
    public Finding run(Collection<TargetBundle> before, Collection<TargetBundle> wanted, Set<String> unswapped) {
        List<TargetBundle> all = Stream.concat(before.stream(), wanted.stream()).toList();
        Swaps swaps = Swaps.knowing(all).without(unswapped);
        try {
            return inFramework(all, (system, connector) -> find(system, connector, before, wanted, swaps));
        } catch (Unswappable e) {
            Set<String> more = new HashSet<>(unswapped);
            more.add(e.location);
            return run(before, wanted, more);
        }
    }

    /** Ends a try in which a bundle could not be swapped. */
    private static final class Unswappable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String location;

        Unswappable(NotSwappedException cause) {
            super(cause);
            location = cause.location();
        }
    }

    <T> T inFramework(Collection<TargetBundle> bundles, BiFunction<BundleContext, StoreModuleConnector, T> work) {
        Map<Digest, Content> contents = new HashMap<>();
        bundles.forEach(bundle -> contents.put(bundle.entry().content(), bundle.content()));
        StoreModuleConnector connector = new StoreModuleConnector(
                new HeaderShelf(digest ->
                        contents.containsKey(digest) ? contents.get(digest).headers() : null),
                Optional.empty(),
                Optional::empty);
        Path storage = makeStorage();
        Framework framework = new FrameworkFactory().newFramework(properties(storage), connector);
        try {
            framework.init();
            return work.apply(framework.getBundleContext(), connector);
        } catch (BundleException e) {
            throw new IllegalStateException("A framework for a dry run does not start: " + e.getMessage(), e);
        } finally {
            try {
                stop(framework);
            } finally {
                remove(storage);
            }
        }
    }

    private Finding find(
            BundleContext system,
            StoreModuleConnector connector,
            Collection<TargetBundle> before,
            Collection<TargetBundle> wanted,
            Swaps swaps) {
        List<String> problems = new ArrayList<>();
        install(system, connector, before);
        Plan plan = Planner.plan(StateCapture.capture(system, connector, ForeignBundles.NONE), wanted, swaps);
        DryRunOperations operations = new DryRunOperations(system, connector);
        operations.begin(plan);
        for (Step step : plan.steps()) {
            try {
                step.applyTo(operations);
            } catch (NotSwappedException e) {
                throw new Unswappable(e);
            } catch (BundleException e) {
                problems.add(headerFault(step, wanted).orElse(e.getMessage()));
                break;
            }
        }
        return new Finding(plan, problems, problems.isEmpty() ? rewiredAtBoot(system, plan, wanted) : List.of());
    }

    /** {@return which header keeps a bundle from being installed, if it is one; each is tried on its own} */
    private Optional<String> headerFault(Step step, Collection<TargetBundle> wanted) {
        Optional<String> location = step instanceof Step.Install install
                ? Optional.of(install.location())
                : step instanceof Step.Update update ? Optional.of(update.location()) : Optional.empty();
        Optional<TargetBundle> bundle = wanted.stream()
                .filter(one -> location.filter(one.location()::equals).isPresent())
                .findFirst();
        return bundle.flatMap(one -> {
            List<TargetBundle> probes = HeaderProbe.of(one);
            return inFramework(
                    probes,
                    (system, connector) -> HeaderProbe.fault(one, probes, probe -> {
                        connector.pin(probe.location(), probe.entry().content());
                        system.installBundle(probe.location());
                    }));
        });
    }

    static void install(BundleContext system, StoreModuleConnector connector, Collection<TargetBundle> bundles) {
        List<Bundle> installed = new ArrayList<>();
        for (TargetBundle bundle : StartOrder.of(bundles)) {
            try {
                connector.pin(bundle.location(), bundle.entry().content());
                installed.add(system.installBundle(bundle.location()));
            } catch (BundleException e) {
                // what is there already may be broken; only the change is judged
                connector.unpin(bundle.location());
            }
        }
        system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkWiring.class)
                .resolveBundles(installed);
    }

    /** A second framework costs as much as the first: it is asked only where something can differ. */
    private List<String> rewiredAtBoot(BundleContext system, Plan plan, Collection<TargetBundle> wanted) {
        if (!BootWiring.canDiffer(system, plan)) {
            return List.of();
        }
        Map<String, Map<String, String>> live = BootWiring.of(system);
        return inFramework(wanted, (fresh, connector) -> {
            install(fresh, connector, wanted);
            return BootWiring.differences(live, BootWiring.of(fresh));
        });
    }

    private Map<String, String> properties(Path storage) {
        Map<String, String> properties = SystemPackages.addTo(configuration);
        properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        properties.put("felix.cache.locking", "false");
        properties.put("felix.service.urlhandlers", "false");
        properties.put("felix.log.level", "0");
        return properties;
    }

    private static Path makeStorage() {
        try {
            return Files.createTempDirectory("mainstay-dry-run-");
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a temporary folder for a dry run", e);
        }
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(0);
        } catch (BundleException e) {
            throw new IllegalStateException("A framework for a dry run does not stop: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + folder + "; remove it by hand", e);
        }
    }
}
