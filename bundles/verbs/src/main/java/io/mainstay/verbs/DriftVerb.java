package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeRequest.Answer;
import io.mainstay.store.NodeRequest.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is done about the drift of nodes: only the node itself can, so it is asked. */
abstract class DriftVerb extends Verb {
    @Option(names = "--node", paramLabel = "NAME", description = "The node; needed only where several differ.")
    private String name;

    @Mixin
    private StoryOptions story;

    @Mixin
    private JsonOption json;

    private final NodeRequest.Kind kind;

    DriftVerb(Place place, NodeRequest.Kind kind) {
        super(place);
        this.kind = kind;
    }

    /** {@return the nodes to ask, of those that run} */
    abstract List<NodeRecord> choose(List<NodeRecord> alive);

    @Override
    public Integer call() {
        LiveNodes nodes = new LiveNodes(place.store(), place.channel());
        Map<NodeRecord, Answer> answers = new LinkedHashMap<>();
        for (NodeRecord node : name == null ? choose(nodes.alive()) : List.of(named(nodes.alive()))) {
            answers.put(node, nodes.ask(node, kind, story.author(), story.message("")));
        }
        if (json.asked()) {
            out().println(Json.of(answers.entrySet().stream()
                    .map(entry -> json(entry.getKey(), entry.getValue()))
                    .toList()));
        } else {
            answers.forEach(this::tell);
        }
        boolean refused = answers.values().stream().anyMatch(answer -> answer.outcome() == Outcome.REFUSED);
        return refused ? ExitCode.REFUSED : ExitCode.DONE;
    }

    private NodeRecord named(List<NodeRecord> alive) {
        return alive.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new RefusedChangeException("No running node is called " + name + "; there are: "
                        + alive.stream().map(NodeRecord::name).toList()));
    }

    /** {@return the nodes that differ from their generation} */
    static List<NodeRecord> drifting(List<NodeRecord> alive) {
        return alive.stream()
                .filter(node -> !NodeReport.of(node.report()).drift().isEmpty())
                .toList();
    }

    private void tell(NodeRecord node, Answer answer) {
        if (answer.outcome() == Outcome.REFUSED) {
            place.err().println("Node " + node.name() + ": " + answer.text());
        } else {
            out().println("Node " + node.name() + ": " + answer.text());
        }
    }

    private static Map<String, Object> json(NodeRecord node, Answer answer) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("node", node.name());
        told.put("outcome", answer.outcome().name().toLowerCase(Locale.ROOT));
        told.put("generation", answer.generation());
        List<String> lines =
                new ArrayList<>(answer.text().lines().map(String::strip).toList());
        told.put("text", lines);
        return told;
    }
}
