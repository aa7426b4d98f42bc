package io.mainstay.itests;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** The verbs, through a running node. */
class ToolVerbsOnANodeIT extends ToolVerbs {
    private final List<NodeProcess> nodes = new ArrayList<>();

    @Override
    void begin(Tool tool) throws Exception {
        nodes.add(tool.node("--empty"));
    }

    @Override
    String outcome() {
        return "applied";
    }

    @AfterAll
    void endNodes() {
        nodes.forEach(NodeProcess::close);
    }
}
