package io.mainstay.framework.durable;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The services of one bundle that have the same types and scope: only their properties tell them apart. A new version may
 * register them in another order, more or fewer of them; nobody is to be given another one than he had.
 */
final class Siblings {
    /** What names a service: one that is called otherwise is another one. */
    static final Set<String> NAMES = Set.of(
            "service.pid",
            "component.name",
            "name",
            "osgi.http.whiteboard.context.name",
            "osgi.http.whiteboard.filter.name",
            "osgi.http.whiteboard.filter.pattern",
            "osgi.http.whiteboard.resource.pattern",
            "osgi.http.whiteboard.servlet.name",
            "osgi.http.whiteboard.servlet.pattern");
    /** What differs between services, and tells nothing of which is which. */
    private static final Set<String> NUMBERS = Set.of("service.ranking", "component.id");

    private final List<StableService> all;
    private final Set<String> telling = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    Siblings(List<StableService> all) {
        this.all = all;
        all.forEach(service -> telling.addAll(service.known().keySet()));
        telling.removeIf(key -> NUMBERS.contains(key) || isSameInAll(key));
    }

    private boolean isSameInAll(String key) {
        Object first = all.get(0).known().get(key);
        return all.stream()
                .allMatch(service -> Objects.deepEquals(first, service.known().get(key)));
    }

    /** Finds which one a registration with these properties goes on with: of equal ones, the first that was registered. */
    Optional<StableService> goingOnWith(Map<String, Object> properties) {
        return all.stream()
                .filter(StableService::orphaned)
                .filter(service -> isCalled(service, properties))
                .filter(service -> telling.isEmpty() || agreement(service, properties, telling) > 0)
                .max(Comparator.<StableService>comparingLong(service -> agreement(service, properties, telling))
                        .thenComparingLong(service -> agreement(
                                service,
                                properties,
                                new HashSet<>(service.known().keySet()))));
    }

    private static boolean isCalled(StableService service, Map<String, Object> properties) {
        return NAMES.stream()
                .allMatch(name -> Objects.deepEquals(service.known().get(name), properties.get(name)));
    }

    private static long agreement(StableService service, Map<String, Object> properties, Set<String> keys) {
        return keys.stream()
                .filter(key -> Objects.deepEquals(service.known().get(key), properties.get(key)))
                .count();
    }
}
