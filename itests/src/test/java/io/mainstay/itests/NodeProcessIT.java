package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a node's process, and its end. */
class NodeProcessIT {
    private static final int BY_SIGTERM = 128 + 15;

    @TempDir
    private Path folder;

    private Tool tool;

    @BeforeEach
    void deployABundle() throws Exception {
        tool = new Tool(folder);
        Path jar = Jars.bundle("alone", "1.0.0").writeTo(folder.resolve("alone.jar"));
        tool.done("deploy", jar.toString());
    }

    @Test
    void secondNodeOnTheFolder_isToldWhoHoldsIt() throws Exception {
        try (NodeProcess first = tool.node("--node", "first")) {
            Tool.Result second =
                    tool.run("run", "--no-shell", "--node", "second").exits(3);

            assertThat(second.err())
                    .contains(
                            "node first (process " + first.pid(),
                            "holds it",
                            tool.data().toString());
            assertThat(second.err().lines()).hasSize(1);
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void sigterm_endsTheNode_andTakesItsFileAway() throws Exception {
        try (NodeProcess node = tool.node()) {
            assertThat(node.file()).exists();
            int exit = node.terminate();

            assertThat(exit).isEqualTo(BY_SIGTERM);
            assertThat(node.file()).doesNotExist();
        }
        assertThat(tool.done("status", "--json").json().get("nodes").getAsJsonArray())
                .isEmpty();
    }

    @Test
    void killedNode_leavesAStoreThatBoots() throws Exception {
        try (NodeProcess node = tool.node()) {
            node.kill();
            assertThat(node.file()).as("nobody took it away").exists();
        }
        assertThat(tool.done("verify").out()).startsWith("All is well");
        try (NodeProcess again = tool.node()) {
            assertThat(again.output()).contains("runs generation 1, 1 bundle active");
            assertThat(tool.done("verify", "--json").json().get("clean").getAsBoolean())
                    .isTrue();
            assertThat(tool.done("status", "--json").json().get("nodes").getAsJsonArray())
                    .hasSize(1);
        }
    }
}
