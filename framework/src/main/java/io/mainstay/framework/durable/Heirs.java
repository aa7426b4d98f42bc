package io.mainstay.framework.durable;

import io.mainstay.framework.failure.Causes;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds who takes over from services that go, and from those that these have taken over from: what their providers register in
 * their place, where that is plain. Each of them is looked after by itself: a version may offer an interface more, and the next
 * one have it no longer. For one thread.
 */
final class Heirs {
    private static final Logger LOG = LoggerFactory.getLogger(Heirs.class);

    private final Map<Forerunner, StableService> heirs = new HashMap<>();
    /** Those that the one which goes has taken over from, and that have no other heir. */
    private final Map<StableService, List<Forerunner>> further = new HashMap<>();

    private final Set<StableService> followed = new HashSet<>();

    private Heirs() {}

    /**
     * Looks for them.
     *
     * @param gone what goes
     * @param made what was registered in this change
     */
    static Heirs find(Collection<StableService> gone, Collection<StableService> made) {
        Heirs found = new Heirs();
        Map<Object, List<StableService>> candidates = byNames(made);
        byNames(gone).forEach((names, some) -> found.find(some, candidates.getOrDefault(names, List.of())));
        return found;
    }

    /** A change may bring thousands of services, of which each follows one. */
    private static Map<Object, List<StableService>> byNames(Collection<StableService> some) {
        return some.stream()
                .collect(Collectors.groupingBy(
                        one -> List.of(one.provider().getBundleId(), one.owner().hashOfNames())));
    }

    private void find(List<StableService> gone, List<StableService> candidates) {
        if (candidates.isEmpty()) {
            return;
        }
        List<List<Forerunner>> lines = gone.stream().map(Heirs::line).toList();
        findFor(lines.stream().map(line -> line.subList(0, 1)).toList(), candidates);
        findFor(lines.stream().map(line -> line.subList(1, line.size())).toList(), candidates);
        for (int i = 0; i < lines.size(); i++) {
            List<Forerunner> line = lines.get(i);
            StableService heir = heirs.get(line.get(0));
            if (heir != null) {
                followed.add(gone.get(i));
                further.put(
                        heir,
                        line.stream().filter(one -> !heirs.containsKey(one)).toList());
            }
        }
    }

    /** {@return a service, and then those that it has taken over from} */
    private static List<Forerunner> line(StableService service) {
        return Stream.concat(Stream.of(new Forerunner(service)), service.forerunners().stream())
                .toList();
    }

    private void findFor(List<List<Forerunner>> lines, List<StableService> candidates) {
        for (List<Forerunner> line : lines) {
            for (Forerunner one : line) {
                onlyOne(candidates, heir -> heir.canFollow(one))
                        .filter(heir -> onlyOne(lines, other -> other.stream().anyMatch(heir::canFollow))
                                .isPresent())
                        .ifPresent(heir -> heirs.put(one, heir));
            }
        }
    }

    private static <T> Optional<T> onlyOne(List<T> of, Predicate<T> which) {
        List<T> found = of.stream().filter(which).limit(2).toList();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    /** {@return whether something takes over from one that goes} */
    boolean follow(StableService gone) {
        return followed.contains(gone);
    }

    /** Has those who keep objects of what goes go on with what takes over. */
    void takeOver() {
        further.forEach(StableService::goesOnFor);
        heirs.forEach((gone, heir) -> {
            try {
                heir.goesOnFor(List.of(gone));
                gone.leaveTo(heir);
            } catch (RuntimeException e) { // of code of bundles, or because one of them is just being stopped
                Causes.log(LOG, "Who holds an object of " + gone.label() + " cannot go on with the new one", e);
            }
        });
    }
}
