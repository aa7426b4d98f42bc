package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.CallLimits;
import io.mainstay.framework.durable.DurableServices;
import java.time.Duration;
import org.osgi.framework.BundleContext;

/**
 * The framework that changes are made to, and how long they may take.
 *
 * @param system the system bundle's context
 * @param connector gives it its bundles
 * @param configurations its configurations
 * @param durables its services that stay
 * @param stepLimit how long one step may take
 * @param healthLimit how long it may take until all is well after the steps
 * @param callLimits how long services may take to be replaced
 */
public record ApplyContext(
        BundleContext system,
        StoreModuleConnector connector,
        LiveConfigurations configurations,
        DurableServices durables,
        Duration stepLimit,
        Duration healthLimit,
        CallLimits callLimits) {

    /** {@return what runs the steps of one change} */
    Watchdog watchdog() {
        return new Watchdog(stepLimit);
    }

    FrameworkOperations operations(boolean stopsMayThrow, ForeignBundles foreign, Watchdog watchdog) {
        FrameworkOperations operations =
                new FrameworkOperations(system, connector, configurations, foreign, watchdog, durables::wiredAnew);
        if (stopsMayThrow) {
            operations.tolerateStops();
        }
        return operations;
    }
}
