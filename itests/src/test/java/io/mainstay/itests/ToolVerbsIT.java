package io.mainstay.itests;

/** The verbs, while no node runs. */
class ToolVerbsIT extends ToolVerbs {
    @Override
    void begin(Tool tool) {
        // the first deploy makes the store
    }

    @Override
    String outcome() {
        return "committed";
    }
}
