package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tool says before it touches a store. */
class ToolUsageIT {
    private static final List<String> COMMANDS = List.of(
            "run",
            "deploy",
            "remove",
            "plan",
            "status",
            "log",
            "show",
            "diff",
            "rollback",
            "adopt",
            "repair",
            "edit",
            "new",
            "pull",
            "push",
            "watch",
            "drafts",
            "test",
            "attach",
            "trace",
            "verify",
            "export",
            "import",
            "gc",
            "completion");

    @TempDir
    private Path folder;

    private Tool tool;

    @BeforeEach
    void makeTool() {
        tool = new Tool(folder);
    }

    @Test
    void help_listsAllCommands_andEachHasItsOwn() throws Exception {
        String help = tool.done("--help").out();

        for (String command : COMMANDS) {
            assertThat(help).containsPattern("(?m)^  " + command + " ");
            assertThat(tool.done(command, "--help").out()).startsWith("Usage: mainstay " + command);
        }
        assertThat(tool.done("--version").out()).startsWith("Mainstay ");
    }

    @Test
    void helpOfRun_makesNothing() throws Exception {
        tool.done("run", "--help");

        assertThat(tool.data()).doesNotExist();
    }

    @Test
    void userWhoseHomeCannotBeWritten_getsHelp() throws Exception {
        Path noFolder = Files.createFile(folder.resolve("file")).resolve("home");

        tool.with("-Duser.home=" + noFolder).done("--help");
        tool.with("-Duser.home=" + noFolder).run("status").exits(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fly",
                "deploy",
                "deploy --upside-down",
                "deploy x.jar --start-level 0",
                "status --json --node",
                "show",
                "show one",
                "diff 1",
                "rollback one",
                "gc",
                "gc --keep 0",
                "export",
                "completion fish",
                "edit",
                "new",
                "new No.Package",
                "new a --template none",
                "attach a",
                "show 1 two three"
            })
    void wrongUsage_isToldWithWhereHelpIs(String line) throws Exception {
        Tool.Result result =
                tool.run(line.isEmpty() ? new String[0] : line.split(" ")).exits(2);

        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("--help");
        assertThat(result.err().lines()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "log --json",
                "show 1",
                "diff 1 2",
                "rollback",
                "verify",
                "export out",
                "gc --keep 1",
                "edit a",
                "pull",
                "drafts",
                "test"
            })
    void noStore_isUnreachable_andNoneIsMade(String line) throws Exception {
        Tool.Result result = tool.run(line.split(" ")).exits(3);

        assertThat(result.err())
                .contains("There is no store", tool.data().resolve("store").toString());
        assertThat(tool.data()).doesNotExist();
        assertThat(tool.called()).isEmptyDirectory();
    }

    @Test
    void deployThatCannotWork_makesNoStore() throws Exception {
        Path lonely = Jars.bundle("lonely", "1.0.0")
                .header("Import-Package", "no.such.place")
                .writeTo(folder.resolve("lonely.jar"));

        assertThat(tool.run("deploy", lonely.toString()).exits(1).err())
                .startsWith("Cannot commit the first generation: lonely 1.0.0 needs package no.such.place");
        for (String option : List.of("--from", "--framework-properties")) {
            assertThat(tool.run("deploy", option, lonely.toString()).exits(1).err())
                    .startsWith("Refused " + lonely + ": it is not written in UTF-8");
        }
        assertThat(tool.data()).doesNotExist();
    }

    @Test
    void commandThatIsNone_isToldWithOneThatIsAlike() throws Exception {
        assertThat(tool.run("deplyo").exits(2).err()).startsWith("There is no command 'deplyo'; did you mean deploy?");
        assertThat(tool.done("help", "deploy").out()).startsWith("Usage: mainstay deploy");
    }

    @Test
    void removeWithoutAStore_makesNone() throws Exception {
        noStore_isUnreachable_andNoneIsMade("remove a");
    }

    @Test
    void serverThatIsAway_isUnreachable() throws Exception {
        String url = "jdbc:derby://127.0.0.1:" + Work.freePort() + "/nothing";

        assertThat(tool.run("status", "--store", url).exits(3).err()).contains(url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completion_isAScriptOfTheShell(String shell) throws Exception {
        String script = tool.done("completion", shell).out();

        assertThat(script).contains(COMMANDS);
        assumeTrue(isInstalled(shell), shell + " is not installed: its script was not parsed");
        Path file = Files.writeString(folder.resolve("completion"), script);
        Process check = new ProcessBuilder(shell, "-n", file.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(check.waitFor()).isZero();
    }

    @Test
    void completionOfBash_offersTheCommands() throws Exception {
        assumeTrue(isInstalled("bash"), "bash is not installed");
        Path script = Files.writeString(
                folder.resolve("completion"), tool.done("completion", "bash").out() + """

                compopt() { :; } # works for a TAB only
                COMP_WORDS=(mainstay de)
                COMP_CWORD=1
                _complete_mainstay
                echo "${COMPREPLY[@]}"
                """);
        Process shell = new ProcessBuilder("bash", "--norc", script.toString())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualToIgnoringWhitespace("deploy");
        assertThat(shell.waitFor()).isZero();
    }

    private static boolean isInstalled(String program) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(program, "-c", "exit").start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
