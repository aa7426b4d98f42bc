package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.mainstay.itests.journey.Typist;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A deploy that is typed in the shell, of the bundles that the shell is made of. Gogo ends the session with the commands in it
 * when it is stopped, so what became of the change is asked from outside.
 */
class ShellUpdateIT {
    private static final List<String> SHELL = List.of(
            "jline", "org.apache.felix.gogo.runtime", "org.apache.felix.gogo.command", "org.apache.felix.gogo.jline");

    @TempDir
    private Path folder;

    @Test
    void shellThatUpdatesItself_isUpdatedWhole_thoughItsSessionEnds() throws Exception {
        Tool tool = new Tool(folder);
        Workload console = Workload.read("console");
        Path shell = verbs();
        List<String> first = new ArrayList<>(List.of("deploy", shell.toString()));
        SHELL.forEach(artifact -> first.add(console.jar(artifact).toString()));
        tool.done(first.toArray(new String[0]));
        List<Path> next = new ArrayList<>(List.of(changed(shell)));
        for (String artifact : SHELL) {
            next.add(changed(console.jar(artifact)));
        }
        Path answer = folder.resolve("answer");
        String line = "mainstay:deploy "
                + String.join(" ", next.stream().map(path -> "'" + path + "'").toList());
        Path typist = Files.write(
                folder.resolve("typist.jar"),
                Jars.bundle("typist", "1.0.0")
                        .header("Import-Package", "org.osgi.framework")
                        .header("Bundle-Activator", Typist.class.getName())
                        .type(Typist.class)
                        .bytes());

        try (NodeProcess node = tool.node(
                "-D" + Typist.LINE + "=" + line,
                "-D" + Typist.ANSWER + "=" + answer,
                "-Dgosh.args=--nointeractive --noshutdown")) {
            tool.done("deploy", typist.toString());
            awaitAnswer(answer, node);

            JsonObject status = awaitHead(tool, 3);
            assertThat(status.get("state").getAsString()).isEqualTo("proven");
            assertThat(status.get("drift").getAsJsonArray()).isEmpty();
            JsonObject change = status.get("nodes")
                    .getAsJsonArray()
                    .get(0)
                    .getAsJsonObject()
                    .get("lastChange")
                    .getAsJsonObject();
            assertThat(change.get("generation").getAsLong()).isEqualTo(3);
            assertThat(change.get("outcome").getAsString()).isEqualTo("applied");
            assertThat(tool.done("status").out()).contains("Last change: generation 3 applied in ");
        }
    }

    private static void awaitAnswer(Path answer, NodeProcess node) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.exists(answer)) {
            assertThat(System.nanoTime()).as(node.output()).isLessThan(end);
            Thread.sleep(50);
        }
    }

    /** The node goes on with the change when the one who asked for it has gone. */
    private static JsonObject awaitHead(Tool tool, long generation) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        JsonObject status = tool.done("status", "--json").json();
        while (status.get("generation").getAsLong() != generation
                || !status.toString().contains("\"state\":\"running\"")) {
            assertThat(System.nanoTime()).as("%s", status).isLessThan(end);
            status = tool.done("status", "--json").json();
        }
        return status;
    }

    private static Path verbs() throws Exception {
        Path built = Path.of(System.getProperty("itests.tool")).resolveSibling("bundles/shell/target");
        try (var files = Files.list(built)) {
            return files.filter(file -> file.getFileName().toString().matches("io\\.mainstay\\.shell-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The same with one more entry: other content, which does the same. */
    private Path changed(Path jar) throws Exception {
        Path copy = Files.copy(jar, folder.resolve("changed-" + jar.getFileName()));
        try (var zip = java.nio.file.FileSystems.newFileSystem(copy)) {
            Files.writeString(zip.getPath("changed.txt"), "changed");
        }
        return copy;
    }
}
