package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Step;
import io.mainstay.store.Digest;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** Does steps as they are done for real, except that nothing is started, so that there is nothing to stop. */
final class DryRunOperations implements Step.Operations {
    private final FrameworkOperations real;

    /** Makes operations on a framework that is initialised and not started. */
    DryRunOperations(BundleContext system, StoreModuleConnector connector) {
        this.real = new FrameworkOperations(
                system,
                connector,
                new LiveConfigurations(),
                ForeignBundles.NONE,
                new Watchdog(Duration.ofSeconds(60)),
                locations -> {});
    }

    /** Says which plan's steps come next. */
    void begin(Plan plan) {
        real.begin(plan);
    }

    @Override
    public void stop(String location) {
        // nothing runs
    }

    @Override
    public void deactivate(String location) {
        // nothing runs
    }

    @Override
    public void uninstall(String location) throws BundleException {
        real.uninstall(location);
    }

    @Override
    public void update(String location, Digest content) throws BundleException {
        real.update(location, content);
    }

    @Override
    public void install(String location, Digest content, int startLevel) throws BundleException {
        real.install(location, content, startLevel);
    }

    @Override
    public void setStartLevel(String location, int startLevel) {
        // nothing runs
    }

    @Override
    public void refresh(List<String> locations) throws BundleException {
        real.refresh(locations);
    }

    @Override
    public void resolve(List<String> locations) throws BundleException {
        real.resolve(locations);
    }

    @Override
    public void requireShared(String location, Set<String> packages) throws BundleException {
        real.requireShared(location, packages);
    }

    @Override
    public void raiseFrameworkLevel(int startLevel) {
        // nothing runs
    }

    @Override
    public void start(String location) {
        // nothing runs
    }
}
