package io.mainstay.framework.durable;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Properties of services that have changed in the midst of a change, and of which others are told later. Thread-safe. */
final class ChangedProperties {
    private static final Logger LOG = LoggerFactory.getLogger(ChangedProperties.class);

    private final Map<StableService, Runnable> changed = new LinkedHashMap<>();

    /**
     * Takes note of what has changed, if it is the first time since others were told.
     *
     * @param telling tells others, if it is not again as they were told
     */
    synchronized void add(StableService service, Runnable telling) {
        changed.putIfAbsent(service, telling);
    }

    private synchronized List<Runnable> take(Collection<StableService> some) {
        return some.stream().map(changed::remove).filter(Objects::nonNull).toList();
    }

    /** Tells others of these, while they are there. */
    void tell(Collection<StableService> some) {
        for (Runnable telling : take(some)) {
            try {
                telling.run();
            } catch (IllegalStateException e) {
                LOG.debug("A service has just gone", e);
            }
        }
    }
}
