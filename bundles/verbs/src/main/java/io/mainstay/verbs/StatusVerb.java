package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.NodeReport.BundleReport;
import io.mainstay.framework.node.NodeReport.LastChange;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.SystemState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the head, the nodes, and the bundles of one node. */
@Command(name = "status", description = "Show the live generation, the nodes, and the bundles of one node.")
final class StatusVerb extends Verb {
    @Option(names = "--node", paramLabel = "NAME", description = "The node whose bundles are shown.")
    private String name;

    @Mixin
    private JsonOption json;

    StatusVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        Optional<GenerationRecord> head = place.store().history().head(place.channel());
        List<NodeRecord> alive = new LiveNodes(place.store(), place.channel()).alive();
        Optional<NodeRecord> asked = asked(alive);
        NodeReport report = asked.map(node -> NodeReport.of(node.report())).orElseGet(() -> notRunning(head));
        if (json.asked()) {
            out().println(Json.of(json(head, alive, asked, report)));
        } else {
            tell(head, alive, asked, report);
        }
        return ExitCode.DONE;
    }

    private Optional<NodeRecord> asked(List<NodeRecord> alive) {
        if (name != null) {
            return Optional.of(alive.stream()
                    .filter(node -> node.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new RefusedChangeException("No running node is called " + name + "; there are: "
                            + alive.stream().map(NodeRecord::name).toList())));
        }
        return alive.stream()
                .filter(node -> place.node().filter(node.name()::equals).isPresent())
                .findFirst()
                .or(() -> alive.stream().findFirst());
    }

    private static NodeReport notRunning(Optional<GenerationRecord> head) {
        SystemState state = head.map(record -> record.generation().state()).orElse(SystemState.EMPTY);
        return new NodeReport(
                state.entries().stream()
                        .map(entry -> new BundleReport(
                                entry.location(),
                                entry.symbolicName(),
                                entry.version().toString(),
                                entry.content().hex(),
                                "NOT_RUNNING",
                                entry.startLevel()))
                        .toList(),
                List.of());
    }

    private Map<String, Object> json(
            Optional<GenerationRecord> head, List<NodeRecord> alive, Optional<NodeRecord> asked, NodeReport report) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("channel", place.channel());
        told.put("store", place.store().url());
        told.put("generation", head.map(GenerationRecord::number).orElse(0L));
        told.put(
                "digest", head.map(record -> record.generation().digest().hex()).orElse(null));
        told.put(
                "state",
                head.map(record -> record.state().name().toLowerCase(Locale.ROOT))
                        .orElse(null));
        told.put("nodes", alive.stream().map(StatusVerb::node).toList());
        told.put("node", asked.map(NodeRecord::name).orElse(null));
        told.put("bundles", report.bundles());
        told.put("drift", report.drift());
        told.put("notDurable", passing(report));
        told.put("heldCode", report.held());
        return told;
    }

    static Map<String, Object> node(NodeRecord node) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("name", node.name());
        told.put("generation", node.generation());
        told.put("state", node.state().name().toLowerCase(Locale.ROOT));
        told.put("reason", node.reason().orElse(null));
        told.put("lastChange", NodeReport.of(node.report()).lastChange());
        return told;
    }

    private static String told(LastChange change) {
        String begin = "Last change: generation " + change.generation();
        return switch (change.outcome()) {
            case LastChange.APPLIED -> begin + " applied in " + change.millis() + " ms" + continuity(change);
            case LastChange.ROLLED_BACK -> begin + " failed, all is as it was: " + change.cause();
            default -> begin + " failed, and so did the way back: " + change.cause();
        };
    }

    private static String continuity(LastChange change) {
        String noticed = change.continuity() == null ? "" : Words.continuity(change.continuity());
        return noticed.isEmpty() ? "" : "; " + noticed;
    }

    /** Only a node knows; bundles whose services all stay are left out. */
    private static Map<String, Map<String, String>> passing(NodeReport report) {
        Map<String, Map<String, String>> passing = new TreeMap<>();
        report.live().stream()
                .filter(bundle -> bundle.passing() != null && !bundle.passing().isEmpty())
                .forEach(bundle -> passing.put(bundle.label(), bundle.passing()));
        return passing;
    }

    private static Map<String, List<String>> byReason(Map<String, String> services) {
        Map<String, List<String>> types = new TreeMap<>();
        services.forEach((type, reason) ->
                types.computeIfAbsent(reason, key -> new ArrayList<>()).add(type.substring(type.lastIndexOf('.') + 1)));
        return types;
    }

    private void tellPassing(NodeReport report) {
        Map<String, Map<String, String>> passing = passing(report);
        if (!passing.isEmpty()) {
            out().println();
            out().println("Services that go and come back when their bundle is reset:");
            passing.forEach((bundle, services) -> byReason(services)
                    .forEach((reason, types) ->
                            out().println("  " + bundle + "  " + String.join(", ", types) + ": " + reason)));
        }
    }

    private void tellHeld(NodeReport report) {
        if (!report.held().isEmpty()) {
            out().println();
            out().println("Replaced code that is still held:");
            report.held()
                    .forEach(code -> out().println("  " + code.bundle() + " of generation " + code.generation()
                            + ", replaced " + Words.when(Instant.parse(code.since())) + ": " + code.holder()));
        }
    }

    private void tell(
            Optional<GenerationRecord> head, List<NodeRecord> alive, Optional<NodeRecord> asked, NodeReport report) {
        out().println("Store " + place.store().url());
        out().println("Channel " + place.channel() + ": "
                + head.map(Words::headline).orElse("no generation yet; `deploy` makes the first"));
        if (alive.isEmpty()) {
            out().println("No node runs.");
        }
        for (NodeRecord node : alive) {
            out().println("Node " + node.name() + ": generation " + node.generation() + ", "
                    + node.state().name().toLowerCase(Locale.ROOT)
                    + node.reason().map(why -> ": " + why).orElse(""));
            Optional.ofNullable(NodeReport.of(node.report()).lastChange())
                    .ifPresent(change -> out().println(told(change)));
        }
        if (!report.bundles().isEmpty()) {
            out().println();
            Table table = new Table("level", "state", "bundle", "version", "content");
            report.bundles().stream()
                    .sorted(java.util.Comparator.comparingInt(BundleReport::startLevel)
                            .thenComparing(BundleReport::location))
                    .forEach(bundle -> table.row(
                            bundle.startLevel(),
                            bundle.state(),
                            bundle.symbolicName(),
                            bundle.version(),
                            bundle.digest().substring(0, 12)));
            table.print(out());
        }
        tellPassing(report);
        tellHeld(report);
        if (!report.drift().isEmpty()) {
            out().println();
            out().println("Drift of node " + asked.map(NodeRecord::name).orElse("") + ":");
            report.drift().forEach(line -> out().println("  " + line));
        }
    }
}
