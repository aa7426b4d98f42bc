package io.mainstay.framework.durable;

import io.mainstay.framework.durable.StableService.Kind;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The services that wait for their providers in one half of a change, and which of them a registration goes on with. Not thread-safe.
 */
final class Orphans {
    private final Collection<StableService> services;
    /** Whether what was there before comes again: it is known by the properties that it had then. */
    private final boolean goingBack;
    /** By what they looked like. */
    private final Map<String, Deque<StableService>> byKey = new HashMap<>();
    /** Those that only their properties tell apart, of kinds that were looked for. */
    private final Map<Kind, Siblings> siblings = new HashMap<>();
    /** Those that go on with what looks like them more than all else that had come by then. */
    private final Set<StableService> guessed = new LinkedHashSet<>();

    /** @param services all there are, at any time */
    Orphans(Collection<StableService> services, boolean goingBack) {
        this.services = services;
        this.goingBack = goingBack;
    }

    /** Takes one in. On the way back only what was there when the change began comes again. */
    void add(StableService service) {
        if (goingBack && !service.wasThere()) {
            return;
        }
        // what has changed its properties since may come again as it once came
        Stream.of(service.known(), service.registeredWith())
                .map(properties -> StableService.key(service.provider(), properties))
                .distinct()
                .forEach(key ->
                        byKey.computeIfAbsent(key, other -> new ArrayDeque<>()).add(service));
    }

    /** Takes note of a service that is new. */
    void made(StableService service) {
        if (!goingBack && siblings.containsKey(service.kind())) {
            siblings.get(service.kind()).add(service);
        }
    }

    /** Forgets a service that is gone. */
    void gone(StableService service) {
        guessed.remove(service);
        if (siblings.containsKey(service.kind())) {
            siblings.get(service.kind()).remove(service);
        }
    }

    /** {@return which service a registration goes on with; empty if it is a new one} */
    Optional<StableService> goingOnWith(Kind kind, Map<String, Object> properties) {
        return exactly(kind, properties).or(() -> similar(kind, properties)).or(() -> takenByAnother(kind, properties));
    }

    /** Most services come again as they were; there may be thousands of them. */
    private Optional<StableService> exactly(Kind kind, Map<String, Object> properties) {
        Deque<StableService> equal =
                byKey.getOrDefault(StableService.key(kind.provider(), properties), new ArrayDeque<>());
        equal.removeIf(one -> !one.orphaned());
        List<StableService> ofTheKind =
                equal.stream().filter(one -> one.kind().equals(kind)).toList();
        return ofTheKind.stream()
                .filter(one -> StableService.same(one.known(), properties)
                        || StableService.same(one.registeredWith(), properties))
                .findFirst()
                .or(() -> ofTheKind.stream().findFirst()); // values of new code may be equal in nothing but their texts
    }

    private Optional<StableService> similar(Kind kind, Map<String, Object> properties) {
        Optional<StableService> found =
                siblings.computeIfAbsent(kind, this::alike).goingOnWith(properties);
        found.filter(StableService::canBeTakenBack).ifPresent(guessed::add);
        return found;
    }

    private Siblings alike(Kind kind) {
        Siblings made = new Siblings();
        services.stream()
                .filter(other -> other.kind().equals(kind) && (!goingBack || other.wasThere()))
                .forEach(made::add);
        return made;
    }

    /** Services of one kind may be registered in any order: one that looks more like what was there has it. */
    private Optional<StableService> takenByAnother(Kind kind, Map<String, Object> properties) {
        Owner called = new Owner(properties);
        return guessed.stream()
                .filter(one -> one.kind().equals(kind) && !one.isComing())
                .filter(one -> one.owner().isCalledAs(called))
                .filter(one -> one.likeness(properties) > one.likeness(one.registeredWith()))
                .max(Comparator.comparingLong(one -> one.likeness(properties)));
    }
}
