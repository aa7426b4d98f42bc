package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code deploy} takes, and what it refuses. */
class ToolIntakeIT {
    @TempDir
    private Path folder;

    private Tool tool;

    @BeforeEach
    void makeTool() {
        tool = new Tool(folder);
    }

    @Test
    void missingFile_isRefused() throws Exception {
        refused(folder.resolve("missing.jar"), "there is no such file");
    }

    @Test
    void allThatIsMissing_isToldAtOnce() throws Exception {
        Tool.Result result =
                tool.run("deploy", "first.jar", "second.jar", "third.jar").exits(1);

        assertThat(result.err().lines())
                .hasSize(3)
                .allMatch(line -> line.contains("there is no such file"))
                .anyMatch(line -> line.startsWith("Refused first.jar"))
                .anyMatch(line -> line.startsWith("  also: Refused third.jar"));
    }

    @Test
    void whatIsNoZip_isRefused() throws Exception {
        refused(Files.writeString(folder.resolve("letter.jar"), "Dear database".repeat(100)), "zip");
    }

    @Test
    void truncatedJar_isRefused() throws Exception {
        byte[] whole =
                Jars.bundle("whole", "1.0.0").entry("a", "b".repeat(5_000)).bytes();

        refused(Files.write(folder.resolve("half.jar"), Arrays.copyOf(whole, whole.length - 30)), "truncated");
    }

    private void refused(Path file, String finding) throws IOException, InterruptedException {
        Tool.Result result = tool.run("deploy", file.toString()).exits(1);

        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("Refused " + file).containsIgnoringCase(finding);
        assertThat(result.err().lines()).hasSize(1);
        assertThat(tool.data()).as("nothing was made").doesNotExist();
    }

    @Test
    void plainJar_isRefused_untilItIsWrapped() throws Exception {
        Path jar = Jars.plain().type(Jars.class).writeTo(folder.resolve("plain-2.3.jar"));

        assertThat(tool.run("deploy", jar.toString()).exits(1).err()).contains("--wrap");
        assertThat(tool.done("deploy", "--wrap", jar.toString()).out()).contains("1 added", "+ plain 2.3.0");
        assertThat(tool.done("deploy", "--wrap", jar.toString()).out())
                .as("wrapping gives the same bytes again")
                .contains("Nothing to do");
    }

    @Test
    void bundleThatDoesNotResolve_isRefused_withTheRoot() throws Exception {
        Path jar = Jars.bundle("lonely", "1.0.0")
                .header("Import-Package", "no.such.place")
                .writeTo(folder.resolve("lonely.jar"));

        Tool.Result result = tool.run("deploy", jar.toString()).exits(1);

        assertThat(result.err()).contains("lonely 1.0.0", "no.such.place");
        assertThat(tool.run("log").exits(3).err()).contains("There is no store");
    }
}
