package io.mainstay.framework.durable;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The services of one bundle that have the same types and scope: only their properties tell them apart. A new version may
 * register them in another order, more or fewer of them; nobody is to be given another one than he had. There may be
 * thousands of them, so they are found by what they have in common with a registration, not one after the other. Not thread-safe.
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
    static final Set<String> NUMBERS = Set.of("service.ranking", "component.id");

    private final Map<StableService, Known> all = new LinkedHashMap<>();
    private int count;
    /** Who has which value of which property; those without it have null. */
    private final Map<String, Map<Value, Set<StableService>>> index = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    /** What one was added as, and with. */
    private record Known(int number, Map<String, Object> properties) {
        Value value(String key) {
            return new Value(properties.get(key));
        }
    }

    /** A property's value, equal to another one where the two are deeply equal. */
    private record Value(Object value) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Value its && Objects.deepEquals(value, its.value);
        }

        @Override
        public int hashCode() {
            try {
                return Arrays.deepHashCode(new Object[] {value});
            } catch (RuntimeException e) {
                return 0; // code of a bundle, which has to start all the same
            }
        }
    }

    /** Adds one; what is known of it stays as it is now until it is removed. */
    void add(StableService service) {
        Known known = new Known(count++, service.known());
        known.properties().keySet().forEach(this::knowKey);
        all.put(service, known);
        index.forEach((key, byValue) -> byValue.computeIfAbsent(known.value(key), other -> new LinkedHashSet<>())
                .add(service));
    }

    private void knowKey(String key) {
        if (!index.containsKey(key)) {
            Map<Value, Set<StableService>> byValue = new HashMap<>();
            if (!all.isEmpty()) {
                byValue.put(new Value(null), new LinkedHashSet<>(all.keySet()));
            }
            index.put(key, byValue);
        }
    }

    /** Takes one out. */
    void remove(StableService service) {
        Known known = all.remove(service);
        if (known != null) {
            index.forEach((key, byValue) -> byValue.computeIfPresent(known.value(key), (value, some) -> {
                some.remove(service);
                return some.isEmpty() ? null : some;
            }));
        }
    }

    /** {@return which one a registration with these properties goes on with: of equal ones, the first that was registered} */
    Optional<StableService> goingOnWith(Map<String, Object> properties) {
        if (NAMES.stream().anyMatch(name -> !index.containsKey(name) && properties.get(name) != null)) {
            return Optional.empty(); // none has such a name
        }
        List<String> differing =
                index.keySet().stream().filter(key -> index.get(key).size() > 1).toList();
        List<String> telling =
                differing.stream().filter(key -> !NUMBERS.contains(key)).toList();
        return telling.isEmpty()
                ? best(differing, properties).or(() -> firstFree(properties))
                : best(telling, properties);
    }

    private Optional<StableService> firstFree(Map<String, Object> properties) {
        return all.keySet().stream().filter(one -> isFree(one, properties)).findFirst();
    }

    /**
     * Finds the one that agrees in most of these properties, at least in one, then in most of all. Who has the same value is
     * looked at property by property, where they are the fewest first: who has not been seen after some of them agrees in no
     * more than are left, and in none if one that he was not seen with is his name.
     */
    private Optional<StableService> best(List<String> keys, Map<String, Object> properties) {
        Comparator<StableService> order = Comparator.<StableService>comparingLong(
                        one -> agreement(one, properties, keys))
                .thenComparingLong(one -> agreement(one, properties, index.keySet()))
                .thenComparingInt(one -> -all.get(one).number());
        List<String> fewestFirst = keys.stream()
                .sorted(Comparator.comparingInt(key -> agreeing(key, properties).size()))
                .toList();
        Optional<StableService> best = Optional.empty();
        long left = keys.size();
        for (String key : fewestFirst) {
            long most = left--;
            if (best.filter(one -> agreement(one, properties, keys) > most).isPresent()) {
                break;
            }
            best = Stream.concat(
                            best.stream(), agreeing(key, properties).stream().filter(one -> isFree(one, properties)))
                    .max(order);
            if (NAMES.contains(key)) {
                break;
            }
        }
        return best;
    }

    private Set<StableService> agreeing(String key, Map<String, Object> properties) {
        return index.get(key).getOrDefault(new Value(properties.get(key)), Set.of());
    }

    private boolean isFree(StableService service, Map<String, Object> properties) {
        return service.orphaned() && agreement(service, properties, NAMES) == NAMES.size();
    }

    private long agreement(StableService service, Map<String, Object> properties, Collection<String> keys) {
        Map<String, Object> known = all.get(service).properties();
        return keys.stream()
                .filter(key -> Objects.deepEquals(known.get(key), properties.get(key)))
                .count();
    }
}
