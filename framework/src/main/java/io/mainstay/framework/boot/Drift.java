package io.mainstay.framework.boot;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.apply.Activation;
import io.mainstay.framework.apply.ForeignBundles;
import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationDiff.ConfigurationChange;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;

/**
 * How the bundles of a framework differ from its generation at one moment: what somebody has done past the store.
 *
 * @param differences in the order of the generation, then what is not in it
 */
record Drift(List<Difference> differences, SortedMap<String, Configuration> configurations) {

    /** One thing that differs. Its text is a sentence without a full stop. */
    sealed interface Difference {
        String text();

        /** Does to the entries of a generation what was done to its bundles. */
        void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign);
    }

    /** A bundle that is not in the generation. */
    record Foreign(Bundle bundle) implements Difference {
        @Override
        public String text() {
            return label(bundle) + " is installed at " + bundle.getLocation() + ", and not in the generation";
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            String location = bundle.getLocation();
            foreign.content(location)
                    .ifPresent(content -> entries.put(
                            location,
                            new GenerationEntry(
                                    location,
                                    content.symbolicName(),
                                    content.version(),
                                    content.digest(),
                                    bundle.adapt(BundleStartLevel.class).getStartLevel(),
                                    isFragment(bundle) || Activation.isUp(bundle))));
        }
    }

    /** A bundle of the generation whose content is not the store's. */
    record Replaced(GenerationEntry entry, Bundle bundle) implements Difference {
        @Override
        public String text() {
            return entry.label() + " was updated to " + label(bundle) + " behind the store's back";
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            foreign.content(entry.location())
                    .ifPresentOrElse(
                            content -> entries.computeIfPresent(
                                    entry.location(), (location, before) -> before.with(content)),
                            () -> entries.remove(entry.location()));
        }
    }

    /** A bundle of the generation that is not there. */
    record Missing(GenerationEntry entry) implements Difference {
        @Override
        public String text() {
            return entry.label() + " is in the generation, and not installed";
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            entries.remove(entry.location());
        }
    }

    /** A bundle that is not active and should be, or the other way round. */
    record Switched(GenerationEntry entry, Bundle bundle) implements Difference {
        @Override
        public String text() {
            return entry.label()
                    + (entry.autostart() ? " should be active, and is " : " should rest, and is ")
                    + NodeReporter.stateName(bundle);
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            entries.computeIfPresent(entry.location(), (location, before) -> before.autostarting(!entry.autostart()));
        }
    }

    /** A bundle with another start level. */
    record Moved(GenerationEntry entry, int startLevel) implements Difference {
        @Override
        public String text() {
            return entry.label() + " has start level " + startLevel + " instead of " + entry.startLevel();
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            entries.computeIfPresent(entry.location(), (location, before) -> before.atStartLevel(startLevel));
        }
    }

    /** A configuration that was changed at run time. Values are not told: among them are passwords. */
    record Configured(String pid, ConfigurationChange change, Optional<String> writer) implements Difference {
        @Override
        public String text() {
            String who = writer.map(name -> " by " + name).orElse("");
            if (change.from().isEmpty()) {
                return "configuration " + pid + " was made at run time" + who + ", and is not in the generation";
            }
            if (change.to().isEmpty()) {
                return "configuration " + pid + " is in the generation, and was deleted at run time" + who;
            }
            return "configuration " + pid + " was changed at run time" + who + ": "
                    + (change.properties().isEmpty() ? "its location" : String.join(", ", change.properties()));
        }

        @Override
        public void applyTo(Map<String, GenerationEntry> entries, ForeignBundles foreign) {
            // no bundle differs
        }
    }

    /**
     * Looks at a framework.
     *
     * @param own says which locations belong to the node itself, not to the generation: its shell
     */
    static Drift of(
            BundleContext system,
            StoreModuleConnector connector,
            LiveConfigurations live,
            Predicate<String> own,
            SystemState generation) {
        List<Difference> differences = new ArrayList<>();
        for (GenerationEntry entry : generation.entries()) {
            Bundle bundle = system.getBundle(entry.location());
            if (bundle == null) {
                differences.add(new Missing(entry));
            } else {
                compare(connector, entry, bundle, differences);
            }
        }
        for (Bundle bundle : system.getBundles()) {
            String location = bundle.getLocation();
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID
                    && generation.find(location).isEmpty()
                    && !own.test(location)) {
                differences.add(new Foreign(bundle));
            }
        }
        SortedMap<String, Configuration> configurations = live.current();
        GenerationDiff.configurations(generation.configurations(), configurations)
                .forEach((pid, change) -> differences.add(new Configured(pid, change, live.writer(pid))));
        return new Drift(List.copyOf(differences), configurations);
    }

    private static void compare(
            StoreModuleConnector connector, GenerationEntry entry, Bundle bundle, List<Difference> differences) {
        Optional<Digest> pinned = connector.pinned(entry.location());
        if (!ForeignBundles.isFromStore(bundle)
                || pinned.isPresent() && !pinned.get().equals(entry.content())) {
            differences.add(new Replaced(entry, bundle));
        }
        if (!isFragment(bundle) && Activation.isUp(bundle) != entry.autostart()) {
            differences.add(new Switched(entry, bundle));
        }
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        if (level != entry.startLevel()) {
            differences.add(new Moved(entry, level));
        }
    }

    /**
     * {@return what really runs, as a state: that of the generation with all that differs, each bundle at its location}
     *
     * @param foreign the bytes of what came past the store; bundles that cannot be read are left out
     */
    SystemState actual(SystemState generation, ForeignBundles foreign) {
        SortedMap<String, GenerationEntry> entries = new TreeMap<>();
        generation.entries().forEach(entry -> entries.put(entry.location(), entry));
        differences.forEach(difference -> difference.applyTo(entries, foreign));
        return SystemState.of(entries.values(), generation.frameworkProperties(), configurations.values());
    }

    boolean isEmpty() {
        return differences.isEmpty();
    }

    /** {@return a sentence for each difference} */
    List<String> texts() {
        return differences.stream().map(Difference::text).toList();
    }

    /** {@return the bundles whose bytes came past the store} */
    List<Bundle> foreign() {
        List<Bundle> bundles = new ArrayList<>();
        for (Difference difference : differences) {
            if (difference instanceof Foreign foreign) {
                bundles.add(foreign.bundle());
            } else if (difference instanceof Replaced replaced && !ForeignBundles.isFromStore(replaced.bundle())) {
                bundles.add(replaced.bundle());
            }
        }
        return bundles;
    }

    private static boolean isFragment(Bundle bundle) {
        return bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
