package io.mainstay.framework.apply;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Looks at what configurations there are (OSGi Compendium 8, chapter 104). */
final class ConfigurationPids {
    private static final String CONFIGURATION_ADMIN = "org.osgi.service.cm.ConfigurationAdmin";
    private static final String CONFIGURATION = "org.osgi.service.cm.Configuration";

    private ConfigurationPids() {}

    /** {@return all PIDs; empty if there is no Configuration Admin to say so} */
    static Optional<Set<String>> look(BundleContext system, Duration limit) throws ApplyException {
        ServiceReference<?> reference = reference(system);
        Set<String> pids = new HashSet<>();
        if (reference == null) {
            return Optional.empty();
        }
        new Watchdog(limit).run("ask Configuration Admin", () -> {
            Object admin = system.getService(reference);
            if (admin != null) {
                try {
                    read(new Reflected(admin), pids);
                } finally {
                    system.ungetService(reference);
                }
            }
        });
        return Optional.of(pids);
    }

    /** Whatever class of that name the system bundle sees: it is not the one of the bundles. */
    private static ServiceReference<?> reference(BundleContext system) {
        try {
            ServiceReference<?>[] found = system.getAllServiceReferences(CONFIGURATION_ADMIN, null);
            return found == null ? null : found[0];
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void read(Reflected admin, Set<String> pids) throws BundleException {
        Object all = null;
        if (admin.call(CONFIGURATION_ADMIN, "listConfigurations", all) instanceof Object[] configurations) {
            for (Object configuration : configurations) {
                pids.add(String.valueOf(new Reflected(configuration).call(CONFIGURATION, "getPid")));
            }
        }
    }
}
