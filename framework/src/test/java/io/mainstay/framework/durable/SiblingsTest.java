package io.mainstay.framework.durable;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;

/** Which service a registration goes on with. */
class SiblingsTest {
    private static final Bundle PROVIDER = (Bundle) Proxy.newProxyInstance(
            SiblingsTest.class.getClassLoader(), new Class<?>[] {Bundle.class}, (p, m, a) -> "it");

    private final StableClass type;

    SiblingsTest() throws ReflectiveOperationException {
        type = new StableClass(List.of(Runnable.class), StableClassWriter.Callers.SEEN);
    }

    private StableService service(Map<String, Object> properties) {
        return new StableService(
                PROVIDER,
                List.of(Runnable.class.getName()),
                type,
                (Runnable) () -> {},
                StableService.map(new Hashtable<>(properties)));
    }

    private static Siblings siblings(List<StableService> services) {
        Siblings siblings = new Siblings();
        services.forEach(siblings::add);
        return siblings;
    }

    @Test
    void oneThatIsCalledOtherwise_isAnotherOne() {
        Siblings siblings = siblings(List.of(service(Map.of("x", 1))));

        assertThat(siblings.goingOnWith(Map.of("x", 1, "name", "a"))).isEmpty();
    }

    @Test
    void oneThatIsTakenOut_isNotFound_andTellsNothingAnyMore() {
        StableService stays = service(Map.of("x", 1));
        StableService goes = service(Map.of("x", 2, "name", "a"));
        Siblings siblings = siblings(List.of(goes, stays));

        siblings.remove(goes);

        assertThat(siblings.goingOnWith(Map.of("x", 2, "name", "a"))).isEmpty();
        assertThat(siblings.goingOnWith(Map.of("x", 3))).contains(stays);
    }

    @Test
    void arrays_areEqualByWhatIsInThem() {
        StableService first = service(Map.of("x", new int[] {1}));
        StableService second = service(Map.of("x", new int[] {2}));

        assertThat(siblings(List.of(first, second)).goingOnWith(Map.of("x", new int[] {2}, "y", 1)))
                .contains(second);
    }

    /** All of them, some without a property, are taken one after the other by registrations that differ a little. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void findsWhatALookAtEachOneWouldFind(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<StableService> services = Stream.generate(() -> service(someProperties(random)))
                    .limit(1 + random.nextInt(12))
                    .toList();
            Siblings siblings = siblings(services);
            for (int i = 0; i < services.size(); i++) {
                Map<String, Object> properties = someProperties(random);

                Optional<StableService> found = siblings.goingOnWith(properties);

                assertThat(found).isEqualTo(lookAtEach(services, properties));
                found.ifPresent(one -> one.claim(Duration.ZERO, Set.of(), false));
            }
        }
    }

    private static Map<String, Object> someProperties(Random random) {
        Map<String, Object> properties = new Hashtable<>();
        for (String key : List.of("a", "b", "name", "service.pid", "service.ranking")) {
            if (random.nextInt(3) > 0) {
                properties.put(key, random.nextInt(3));
            }
        }
        return properties;
    }

    private static Optional<StableService> lookAtEach(List<StableService> all, Map<String, Object> properties) {
        Set<String> keys = new HashSet<>();
        all.forEach(one -> keys.addAll(one.known().keySet()));
        List<String> differing = keys.stream()
                .filter(key ->
                        all.stream().map(one -> one.known().get(key)).distinct().count() > 1)
                .toList();
        List<String> telling = new ArrayList<>(differing);
        telling.remove("service.ranking");
        List<String> last = telling.isEmpty() ? differing : telling;
        return all.stream()
                .filter(StableService::orphaned)
                .filter(one -> agreement(one, properties, Siblings.NAMES) == Siblings.NAMES.size())
                .filter(one -> telling.isEmpty() || agreement(one, properties, telling) > 0)
                .max(Comparator.<StableService>comparingLong(one -> agreement(one, properties, last))
                        .thenComparingLong(one -> agreement(one, properties, keys))
                        .thenComparingInt(one -> -all.indexOf(one)));
    }

    private static long agreement(StableService one, Map<String, Object> properties, Iterable<String> keys) {
        long count = 0;
        for (String key : keys) {
            count += Objects.deepEquals(one.known().get(key), properties.get(key)) ? 1 : 0;
        }
        return count;
    }
}
