package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/**
 * All bundles of a framework as they were before a change, those that are not of the store included, and its
 * configurations. Immutable.
 */
final class Snapshot {
    private final int frameworkLevel;
    private final Map<String, Known> bundles;
    private final LiveConfigurations.Snapshot configurations;

    /**
     * A bundle as it was.
     *
     * @param label its name and version
     * @param state its state, by OSGi's numbers
     * @param startLevel its start level
     * @param autostarting whether it was to be started with the framework
     * @param lazy whether its activation policy was heeded
     * @param untouched what only an update from elsewhere than the store changes
     */
    record Known(String label, int state, int startLevel, boolean autostarting, boolean lazy, boolean untouched) {

        /** {@return whether it was not up, and not on its way: one that Felix is about to start is none of ours} */
        boolean wasToRest() {
            return !wasUp() && !autostarting;
        }

        /** {@return whether it was active, or waited for its first class} */
        boolean wasUp() {
            return state == Bundle.ACTIVE || state == Bundle.STARTING;
        }

        /** {@return the options to start it with again, without a word on later starts} */
        int options() {
            return state == Bundle.STARTING && lazy
                    ? Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY
                    : Bundle.START_TRANSIENT;
        }
    }

    private Snapshot(int frameworkLevel, Map<String, Known> bundles, LiveConfigurations.Snapshot configurations) {
        this.frameworkLevel = frameworkLevel;
        this.bundles = bundles;
        this.configurations = configurations;
    }

    static Snapshot take(BundleContext system, LiveConfigurations configurations) {
        Map<String, Known> bundles = new TreeMap<>();
        for (Bundle bundle : system.getBundles()) {
            if (bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID) {
                BundleStartLevel level = bundle.adapt(BundleStartLevel.class);
                bundles.put(
                        bundle.getLocation(),
                        new Known(
                                label(bundle),
                                bundle.getState(),
                                level.getStartLevel(),
                                level.isPersistentlyStarted(),
                                level.isActivationPolicyUsed(),
                                ForeignBundles.isFromStore(bundle)));
            }
        }
        int level = system.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .getStartLevel();
        return new Snapshot(level, bundles, configurations.snapshot());
    }

    int frameworkLevel() {
        return frameworkLevel;
    }

    Map<String, Known> bundles() {
        return bundles;
    }

    LiveConfigurations.Snapshot configurations() {
        return configurations;
    }

    /** {@return whether a bundle came from the store before, and has been updated from elsewhere since} */
    boolean isTamperedWith(Bundle bundle) {
        return Optional.ofNullable(bundles.get(bundle.getLocation()))
                .map(known -> known.untouched() && !ForeignBundles.isFromStore(bundle))
                .orElseGet(() -> !ForeignBundles.isFromStore(bundle));
    }

    /**
     * {@return what is not as it was, a sentence each; what others than the store and the change installed is not looked at}
     *
     * @param lost the locations of what cannot be brought back
     */
    List<String> differences(
            BundleContext system, StoreModuleConnector connector, Collection<Bundle> installed, Set<String> lost) {
        List<String> differences = new ArrayList<>();
        for (Bundle bundle : system.getBundles()) {
            boolean ours = connector.pinned(bundle.getLocation()).isPresent() || installed.contains(bundle);
            if (ours && !bundles.containsKey(bundle.getLocation())) {
                differences.add(label(bundle) + " is still there");
            }
        }
        bundles.forEach((location, known) -> {
            if (!lost.contains(location)) {
                difference(known, system.getBundle(location)).ifPresent(differences::add);
            }
        });
        return differences;
    }

    private static Optional<String> difference(Known known, Bundle bundle) {
        if (bundle == null) {
            return Optional.of(known.label() + " is gone");
        }
        boolean mended = !known.untouched() && ForeignBundles.isFromStore(bundle); // it is the generation's again
        if (!mended && !known.label().equals(label(bundle))) {
            return Optional.of(known.label() + " is " + label(bundle) + " now");
        }
        boolean up = Activation.isUp(bundle);
        if (up ? known.wasToRest() : known.wasUp()) {
            return Optional.of(known.label() + (up ? " should not be active" : " should be active, and is not"));
        }
        if (known.state() == Bundle.RESOLVED && bundle.getState() == Bundle.INSTALLED) {
            return Optional.of(known.label() + " does not resolve any more");
        }
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        return level == known.startLevel()
                ? Optional.empty()
                : Optional.of(known.label() + " has start level " + level + " instead of " + known.startLevel());
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
