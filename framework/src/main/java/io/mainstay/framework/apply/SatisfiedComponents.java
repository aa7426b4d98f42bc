package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requires the Declarative Services components that were satisfied before a change to be satisfied after it (OSGi
 * Compendium 8, chapter 112), but for those that are meant to go: because their bundle was removed, its new content does
 * not have them any more, or their configuration was deleted.
 */
final class SatisfiedComponents implements GateCheck {
    private static final Logger LOG = LoggerFactory.getLogger(SatisfiedComponents.class);

    private final BundleContext system;
    private final LiveConfigurations configurations;
    private final List<Noted> before;
    private final Set<ComponentRuntime.Key> warnedOf = new HashSet<>();

    /**
     * A component that was satisfied.
     *
     * @param component which
     * @param pids the configurations that it had
     * @param lastModified when its bundle was last updated
     * @param unused its bundle's context, if nobody had asked for it yet: whether it can be activated is not known
     */
    private record Noted(
            ComponentRuntime.Key component, Set<String> pids, long lastModified, Optional<BundleContext> unused) {}

    /** A component that is not satisfied now; roots are those that wait for no other one of them. */
    private record Missing(String problem, Set<String> waitsFor, Set<String> provides) {}

    private SatisfiedComponents(BundleContext system, LiveConfigurations configurations, List<Noted> before) {
        this.system = system;
        this.configurations = configurations;
        this.before = before;
    }

    /** Notes what is satisfied now. */
    static SatisfiedComponents note(BundleContext system, LiveConfigurations configurations, Duration limit) {
        List<Noted> noted = new ArrayList<>();
        Set<String> known = configurations.pidsOfAdmin().orElse(Set.of());
        try {
            for (ComponentRuntime.Component component :
                    ComponentRuntime.look(system, limit).components()) {
                Bundle bundle = system.getBundle(component.key().location());
                if (component.satisfied() && bundle != null) {
                    Set<String> pids = new HashSet<>(component.pids());
                    // of others, one that is not known has just been deleted, and Declarative Services will hear of it
                    pids.removeIf(pid -> component.ownPid().contains(pid) && !known.contains(pid));
                    noted.add(new Noted(
                            component.key(),
                            Set.copyOf(pids),
                            bundle.getLastModified(),
                            Optional.ofNullable(bundle.getBundleContext()).filter(context -> component.unused())));
                }
            }
        } catch (ApplyException e) {
            LOG.warn("What components are satisfied cannot be told; they are not looked at after this change", e);
        }
        return new SatisfiedComponents(system, configurations, noted);
    }

    @Override
    public Optional<String> problem(Duration limit) {
        if (before.isEmpty()) {
            return Optional.empty();
        }
        ComponentRuntime now;
        try {
            now = ComponentRuntime.look(system, limit);
        } catch (ApplyException e) {
            return Optional.of(e.getMessage());
        }
        List<Noted> missing = new ArrayList<>();
        for (Noted noted : before) {
            Bundle bundle = system.getBundle(noted.component().location());
            if (bundle != null
                    && !now.isSatisfied(noted.component())
                    && !gone(noted, bundle, now)
                    && !hasFailedByItself(noted, bundle, now)) {
                missing.add(noted);
            }
        }
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        Optional<Set<String>> there = configurations.pidsOfAdmin();
        return root(missing.stream()
                .filter(noted ->
                        there.map(pids -> pids.containsAll(noted.pids())).orElse(true))
                .map(noted -> describe(noted, system.getBundle(noted.component().location()), now))
                .toList());
    }

    /** Only a runtime that is there can tell that new content has no such component. */
    private static boolean gone(Noted noted, Bundle bundle, ComponentRuntime now) {
        return now.present()
                && bundle.getLastModified() != noted.lastModified()
                && !now.declares(noted.component().location(), noted.component().name());
    }

    /** One that was never activated, and cannot be, in a bundle that the change leaves alone. */
    private boolean hasFailedByItself(Noted noted, Bundle bundle, ComponentRuntime now) {
        Optional<ComponentRuntime.Component> failed =
                now.find(noted.component()).filter(ComponentRuntime.Component::failed);
        boolean byItself = failed.isPresent()
                && noted.unused()
                        .filter(context -> context == bundle.getBundleContext())
                        .isPresent();
        if (byItself && warnedOf.add(noted.component())) {
            LOG.warn(
                    "Component {} of {}, which the change does not touch, was asked for the first time, and {}",
                    noted.component().name(),
                    bundle,
                    failed.get().why());
        }
        return byItself;
    }

    private static Missing describe(Noted noted, Bundle bundle, ComponentRuntime now) {
        String begin = "component " + noted.component().name() + " of " + bundle.getSymbolicName() + " "
                + bundle.getVersion() + " was satisfied before and is not now: ";
        Optional<ComponentRuntime.Component> found = now.find(noted.component());
        if (!now.present()) {
            return new Missing(begin + "there is no ServiceComponentRuntime any more", Set.of(), Set.of());
        }
        if (found.isEmpty()) {
            String state = bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING
                    ? "nothing makes it an instance; is it disabled, or has its configuration another PID?"
                    : "its bundle is not active";
            return new Missing(begin + state, Set.of(), Set.of());
        }
        ComponentRuntime.Component component = found.get();
        return new Missing(begin + component.why(), component.waitsFor(), component.provides());
    }

    private static Optional<String> root(List<Missing> missing) {
        Set<String> absent =
                missing.stream().flatMap(one -> one.provides().stream()).collect(Collectors.toSet());
        Comparator<Missing> rootsFirst =
                Comparator.comparing(one -> one.waitsFor().stream().anyMatch(absent::contains));
        String others = missing.size() < 2 ? "" : " (and " + (missing.size() - 1) + " more)";
        return missing.stream().min(rootsFirst).map(one -> one.problem() + others);
    }
}
