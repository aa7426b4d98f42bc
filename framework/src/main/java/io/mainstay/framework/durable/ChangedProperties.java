package io.mainstay.framework.durable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Properties of services that have changed in the midst of a change, and of which others are told later. Thread-safe. */
final class ChangedProperties {
    private static final Logger LOG = LoggerFactory.getLogger(ChangedProperties.class);

    private final Map<StableService, Changed> changed = new LinkedHashMap<>();

    /** @param before what others were told last */
    private record Changed(Map<String, Object> before, Runnable telling) {}

    /** Takes note of what is about to change. */
    synchronized void add(StableService service, Runnable telling) {
        changed.putIfAbsent(service, new Changed(service.properties(), telling));
    }

    private synchronized Map<StableService, Changed> take() {
        Map<StableService, Changed> all = new LinkedHashMap<>(changed);
        changed.clear();
        return all;
    }

    /**
     * Tells others of those that are not as they were told last.
     *
     * @param there the services that are there
     */
    void tell(Set<StableService> there) {
        Map<StableService, Changed> all = take();
        all.keySet().retainAll(there);
        all.forEach((service, one) -> {
            try {
                if (service.differsFrom(one.before())) {
                    one.telling().run();
                }
            } catch (IllegalStateException e) {
                LOG.debug("{} has just gone", service.label(), e);
            }
        });
    }
}
