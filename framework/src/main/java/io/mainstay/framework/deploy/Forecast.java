package io.mainstay.framework.deploy;

import io.mainstay.framework.deploy.Preview.MovedService;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.LiveBundle;
import io.mainstay.framework.node.NodeReport.LiveService;
import io.mainstay.framework.plan.ResetClosure;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Swaps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a running node knows and a dry run does not: bundles that came past the store, wires that were made at run time,
 * services.
 */
final class Forecast {
    private final Map<String, LiveBundle> byLocation = new LinkedHashMap<>();
    private final Map<Long, LiveBundle> byId = new HashMap<>();

    Forecast(NodeReport report) {
        for (LiveBundle bundle : report.live()) {
            byLocation.put(bundle.location(), bundle);
            byId.put(bundle.id(), bundle);
        }
    }

    /** {@return the bundles that are reset, by the wires that the node has} */
    List<ResetMember> reset(List<ResetMember> planned) {
        Map<String, String> reset = new LinkedHashMap<>();
        Map<String, String> labels = new HashMap<>();
        Map<String, ResetMember> swapped = new LinkedHashMap<>();
        Map<String, ResetMember.Way> ways = new HashMap<>();
        for (ResetMember member : planned) {
            labels.put(member.location(), member.label());
            ways.put(member.location(), member.way());
            if (member.way().swapped()) {
                swapped.put(member.location(), member);
            } else if (!member.isWiredToOthers()) {
                reset.put(member.location(), member.reason());
            }
        }
        byLocation.forEach((location, bundle) -> labels.put(location, bundle.label()));
        Map<String, Set<String>> providers = new HashMap<>();
        byLocation.forEach((location, bundle) -> providers.put(
                location,
                bundle.wiredTo().stream()
                        .filter(byId::containsKey)
                        .map(id -> byId.get(id).location())
                        .collect(Collectors.toSet())));
        ResetClosure.spread(reset, providers, location -> labels.getOrDefault(location, location));
        swapped.forEach((location, member) -> reset.putIfAbsent(location, member.reason()));
        return new TreeSet<>(reset.keySet())
                .stream()
                        .map(location -> new ResetMember(
                                location,
                                labels.getOrDefault(location, location),
                                reset.get(location),
                                ways.getOrDefault(location, ResetMember.Way.RESET)))
                        .toList();
    }

    /** {@return the locations of bundles that were swapped so often that the next update of them resets their users} */
    Set<String> worn() {
        return byLocation.values().stream()
                .filter(bundle -> bundle.earlier() >= Swaps.MOST)
                .map(LiveBundle::location)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** {@return the services of bundles that are reset} */
    List<MovedService> services(List<ResetMember> reset) {
        List<MovedService> moved = new ArrayList<>();
        Set<String> wiredAnew = reset.stream()
                .filter(member -> !member.way().swapped())
                .map(ResetMember::location)
                .collect(Collectors.toSet());
        for (ResetMember member : reset) {
            LiveBundle bundle = byLocation.get(member.location());
            if (bundle != null) {
                bundle.services()
                        .forEach(service -> moved.add(new MovedService(
                                bundle.label(),
                                service.types(),
                                service.usedBy().stream().map(this::label).toList(),
                                service.types().stream().noneMatch(bundle.passing()::containsKey)
                                        && typesLast(service, wiredAnew))));
            }
        }
        return moved;
    }

    private boolean typesLast(LiveService service, Set<String> wiredAnew) {
        return service.typesOf().stream()
                .filter(byId::containsKey)
                .noneMatch(id -> wiredAnew.contains(byId.get(id).location()));
    }

    private String label(long id) {
        return byId.containsKey(id) ? byId.get(id).label() : "the framework";
    }
}
