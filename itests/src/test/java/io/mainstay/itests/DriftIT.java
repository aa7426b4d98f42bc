package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.mainstay.itests.journey.Installer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was done past the store, through the tool: seen, repaired, adopted. */
class DriftIT {
    @TempDir
    private Path folder;

    @Test
    void driftOfANode_isRepaired_orAdopted_byTheTool() throws Exception {
        Tool tool = new Tool(folder);
        byte[] inner = Jars.bundle("inner", "1.0.0").bytes();
        Path installer = Files.write(
                folder.resolve("installer.jar"),
                Jars.bundle("installer", "1.0.0")
                        .header("Import-Package", "org.osgi.framework")
                        .header("Bundle-Activator", Installer.class.getName())
                        .type(Installer.class)
                        .entry(Installer.JAR, inner)
                        .bytes());
        String foreign = "inner 1.0.0 is installed at " + Installer.LOCATION;
        try (NodeProcess node = tool.node("--empty")) {
            assertThat(node.isAlive()).isTrue();
            tool.done("deploy", installer.toString());
            assertThat(tool.done("status").out()).contains("Drift of node", foreign);

            assertThat(tool.done("repair").out()).contains("repaired:", foreign);
            assertThat(tool.done("status").out()).doesNotContain("Drift");
            assertThat(tool.done("repair").out()).contains("nothing differs from generation 1");

            tool.done("remove", "installer");
            tool.done("deploy", installer.toString());
            JsonArray adopted = tool.done("adopt", "-m", "keep it", "--author", "jane", "--json")
                    .jsonList();
            assertThat(adopted).hasSize(1);
            JsonObject told = adopted.get(0).getAsJsonObject();
            assertThat(told.get("outcome").getAsString()).isEqualTo("done");
            assertThat(told.get("generation").getAsLong()).isEqualTo(4);
        }
        assertThat(tool.done("show", "4").out()).contains("keep it", "by jane", "inner", "installer");
        assertThat(tool.run("adopt").exits(1).err()).contains("no node runs");
        assertThat(tool.run("repair").exits(1).err()).contains("no node runs");
    }
}
