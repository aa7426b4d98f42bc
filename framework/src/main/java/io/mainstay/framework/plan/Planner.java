package io.mainstay.framework.plan;

import io.mainstay.framework.plan.ResetMember.Way;
import io.mainstay.framework.plan.RunningBundle.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Makes plans: a pure function of what runs and what is wanted.
 *
 * <p>The order of a plan. Felix restarts in the order of a hash set and reports failures as events only; so it is left
 * nothing to restart. First the closure of all that changes is stopped, users before providers. Then everything is
 * removed, updated and installed, wired anew in one refresh and resolved. Then it is started: by start level, providers
 * before users. Each bundle is stopped and started at most once. What can be swapped is stopped, updated, resolved and
 * started without being wired anew, and takes nobody along.
 */
public final class Planner {
    private final RunningState running;
    private final SortedMap<String, TargetBundle> wanted = new TreeMap<>();
    private final Swaps swaps;
    /** Location to reason, in the order in which they were found. */
    private final Map<String, String> reset = new LinkedHashMap<>();
    /** Locations of what is updated and has users: what becomes of those. */
    private final Map<String, Way> ways = new TreeMap<>();

    private Planner(RunningState running, Collection<TargetBundle> wanted, Swaps swaps) {
        this.running = running;
        this.swaps = swaps;
        wanted.forEach(bundle -> this.wanted.put(bundle.location(), bundle));
    }

    /**
     * Plans the way from {@code running} to {@code wanted}; what somebody has stopped by hand stays stopped, unless it is
     * updated: who deploys it wants it to run.
     */
    public static Plan plan(RunningState running, Collection<TargetBundle> wanted, Swaps swaps) {
        return plan(running, wanted, swaps, Set.of());
    }

    /**
     * Plans the way from {@code running} to {@code wanted}.
     *
     * @param swaps says which bundles can be swapped
     * @param alsoStart the locations of bundles that are started even if they are there already, and stopped
     */
    public static Plan plan(RunningState running, Collection<TargetBundle> wanted, Swaps swaps, Set<String> alsoStart) {
        return new Planner(running, wanted, swaps).plan(Set.of(), bundle -> alsoStart.contains(bundle.location()));
    }

    /**
     * Plans the way back after a plan went wrong: bundles that were active before are started even if they are not active
     * now, and what that plan removed, updated or wired anew is wired anew. A bundle may run as before, and be without the
     * package of a bundle that was gone for a moment.
     *
     * @param running what is left
     * @param wanted what there was
     * @param swaps says which bundles can be swapped
     * @param wasActive the locations of what was active
     * @param disturbed the locations of what the plan removed, updated or wired anew, but for what it swapped
     */
    public static Plan planBack(
            RunningState running,
            Collection<TargetBundle> wanted,
            Swaps swaps,
            Set<String> wasActive,
            Set<String> disturbed) {
        return new Planner(running, wanted, swaps).plan(disturbed, bundle -> wasActive.contains(bundle.location()));
    }

    private Plan plan(Set<String> disturbed, Predicate<TargetBundle> alsoStart) {
        List<TargetBundle> added = wanted.values().stream()
                .filter(bundle -> running.find(bundle.location()).isEmpty())
                .toList();
        List<TargetBundle> order = StartOrder.of(wanted.values());
        // providers first: Felix wires an updated bundle that nobody uses anew at once, and on its own
        List<TargetBundle> updated =
                order.stream().filter(bundle -> contentDiffers(bundle)).toList();
        List<RunningBundle> removed = running.bundles().stream()
                .filter(bundle -> !wanted.containsKey(bundle.location()))
                .toList();
        findReset(added, updated, removed, disturbed);

        List<Step> steps = new ArrayList<>();
        stops(steps);
        removed.forEach(bundle -> steps.add(new Step.Uninstall(bundle.location())));
        updated.forEach(bundle ->
                steps.add(new Step.Update(bundle.location(), bundle.entry().content())));
        order.stream()
                .filter(added::contains)
                .forEach(bundle -> steps.add(new Step.Install(
                        bundle.location(),
                        bundle.entry().content(),
                        bundle.entry().startLevel())));
        Set<String> wiredAnew = new TreeSet<>(reset.keySet());
        wiredAnew.removeIf(this::isSwapped);
        if (!wiredAnew.isEmpty()) {
            steps.add(new Step.Refresh(List.copyOf(wiredAnew)));
        }
        starts(order, added, alsoStart, steps);
        return new Plan(steps, members());
    }

    private boolean contentDiffers(TargetBundle bundle) {
        return running.find(bundle.location())
                .filter(now ->
                        now.foreign() || !now.content().equals(bundle.entry().content()))
                .isPresent();
    }

    private void findReset(
            List<TargetBundle> added, List<TargetBundle> updated, List<RunningBundle> removed, Set<String> disturbed) {
        removed.forEach(bundle -> reset.put(bundle.location(), ResetMember.REMOVED));
        updated.forEach(bundle -> reset.put(bundle.location(), ResetMember.UPDATED));
        added.forEach(bundle -> resetHost(bundle, "added"));
        updated.forEach(bundle -> resetHost(bundle, "updated"));
        disturbed.forEach(location -> reset.putIfAbsent(location, "disturbed by a change that failed"));
        updated.stream()
                .filter(bundle -> !disturbed.contains(bundle.location()))
                .forEach(this::findWay);
        spread();
    }

    /** A bundle that is swapped takes nobody along; one that another takes along is not swapped, nor if it spares nobody. */
    private void spread() {
        Map<String, Set<String>> providers = new TreeMap<>();
        running.bundles().forEach(bundle -> providers.put(bundle.location(), bundle.providers()));
        Set<String> swapped = new TreeSet<>(ways.keySet());
        swapped.removeIf(location -> !isSwapped(location));
        Map<String, String> all = new LinkedHashMap<>(reset);
        all.keySet().removeAll(swapped);
        ResetClosure.spread(all, providers, this::label);
        for (String location : swapped) {
            boolean taken = all.containsKey(location);
            boolean spares = usersOf(location).stream().anyMatch(user -> !all.containsKey(user));
            if (taken || !spares) {
                ways.put(location, taken ? new Way(false, "it is wired to what is reset") : Way.RESET);
                spread();
                return;
            }
        }
        all.forEach(reset::putIfAbsent);
    }

    private void findWay(TargetBundle bundle) {
        RunningBundle now = running.find(bundle.location()).orElseThrow();
        if (!usersOf(now.location()).isEmpty()) {
            ways.put(
                    now.location(),
                    swaps.whyNot(now, bundle).map(why -> new Way(false, why)).orElse(Way.SWAP));
        }
    }

    private Set<String> usersOf(String location) {
        return running.find(location).stream()
                .flatMap(bundle -> bundle.sharing().uses().stream())
                .map(Sharing.Use::user)
                .filter(user -> !user.equals(location))
                .collect(Collectors.toUnmodifiableSet());
    }

    private boolean isSwapped(String location) {
        return ways.getOrDefault(location, Way.RESET).swapped();
    }

    /** A fragment joins or leaves its host only when the host is wired anew. */
    private void resetHost(TargetBundle fragment, String fate) {
        running.bundles().stream()
                .filter(bundle -> bundle.state() != State.INSTALLED)
                .filter(bundle -> fragment.isFragmentOf(bundle.symbolicName(), bundle.version()))
                .forEach(bundle -> reset.putIfAbsent(
                        bundle.location(), "host of " + fragment.entry().label() + ", which is " + fate));
    }

    private String label(String location) {
        return running.find(location).map(RunningBundle::label).orElse(location);
    }

    private void stops(List<Step> steps) {
        for (String location : stopOrder()) {
            boolean rests = Optional.ofNullable(wanted.get(location))
                    .filter(bundle -> !bundle.entry().autostart())
                    .isPresent();
            if (rests && isActive(location)) {
                steps.add(new Step.Deactivate(location));
            } else if (reset.containsKey(location) && isActive(location)) {
                steps.add(new Step.Stop(location));
            }
        }
    }

    /** The highest start level first, then users before providers, by the wires that there are. */
    private List<String> stopOrder() {
        Set<String> ordered = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        running.bundles().stream()
                .sorted(Comparator.comparingInt(RunningBundle::startLevel))
                .forEach(bundle -> visit(bundle, seen, ordered));
        List<String> backwards = new ArrayList<>(ordered);
        Collections.reverse(backwards);
        return backwards;
    }

    private void visit(RunningBundle bundle, Set<String> seen, Set<String> ordered) {
        if (seen.add(bundle.location())) {
            new TreeSet<>(bundle.providers())
                    .stream()
                            .flatMap(location -> running.find(location).stream())
                            .filter(provider -> provider.startLevel() == bundle.startLevel())
                            .forEach(provider -> visit(provider, seen, ordered));
            ordered.add(bundle.location());
        }
    }

    private boolean isActive(String location) {
        return running.find(location)
                .filter(bundle -> bundle.state() == State.ACTIVE)
                .isPresent();
    }

    private void starts(
            List<TargetBundle> order, List<TargetBundle> added, Predicate<TargetBundle> alsoStart, List<Step> steps) {
        List<String> resolved = order.stream()
                .map(TargetBundle::location)
                .filter(location -> reset.containsKey(location)
                        || added.stream().anyMatch(bundle -> bundle.location().equals(location)))
                .toList();
        if (!resolved.isEmpty()) {
            steps.add(new Step.Resolve(resolved));
        }
        order.stream()
                .map(TargetBundle::location)
                .filter(this::isSwapped)
                .forEach(location -> steps.add(new Step.RequireShared(location, packagesInUse(location))));
        int highest = order.stream()
                .mapToInt(bundle -> bundle.entry().startLevel())
                .max()
                .orElse(1);
        List<Step> moves = new ArrayList<>();
        List<Step> starts = new ArrayList<>();
        for (TargetBundle bundle : order) {
            Optional<RunningBundle> now = running.find(bundle.location());
            boolean moved =
                    now.isPresent() && now.get().startLevel() != bundle.entry().startLevel();
            if (moved) {
                // one that runs would be stopped by a level above the framework's, so that is raised first
                (reset.containsKey(bundle.location()) ? steps : moves)
                        .add(new Step.SetStartLevel(
                                bundle.location(), bundle.entry().startLevel()));
            }
            boolean restart = now.isPresent()
                    && reset.containsKey(bundle.location())
                    && now.get().state() == State.ACTIVE;
            boolean due =
                    now.isEmpty() || restart || contentDiffers(bundle) || alsoStart.test(bundle) && !stillActive(now);
            if (due && bundle.isStarted()) {
                starts.add(new Step.Start(bundle.location()));
            }
        }
        if (!starts.isEmpty() || !moves.isEmpty() || !steps.isEmpty()) {
            steps.add(new Step.RaiseFrameworkLevel(highest));
        }
        steps.addAll(moves);
        steps.addAll(starts);
    }

    private boolean stillActive(Optional<RunningBundle> now) {
        return now.filter(bundle -> bundle.state() == State.ACTIVE && !reset.containsKey(bundle.location()))
                .isPresent();
    }

    private Set<String> packagesInUse(String location) {
        return running.find(location).orElseThrow().sharing().uses().stream()
                .map(Sharing.Use::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private List<ResetMember> members() {
        return new TreeSet<>(reset.keySet())
                .stream()
                        .map(location -> new ResetMember(
                                location, label(location), reset.get(location), ways.getOrDefault(location, Way.RESET)))
                        .toList();
    }
}
