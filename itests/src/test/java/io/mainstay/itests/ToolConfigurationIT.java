package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configurations on the command line, and in a node with the Web Console. */
class ToolConfigurationIT {
    private static final String CONSOLE = "org.apache.felix.webconsole.internal.servlet.OsgiManager";

    @TempDir
    private Path folder;

    private Tool tool;

    @BeforeEach
    void begin() {
        tool = new Tool(folder);
    }

    private String file(String name, String json) throws Exception {
        return Files.writeString(folder.resolve(name), json).toString();
    }

    private static Path jar() throws Exception {
        return Jars.bundle("one", "1.0.0").writeTo(Files.createTempFile("one", ".jar"));
    }

    @Test
    void bundlesAndConfigurations_areOneGeneration_andComeOutAsTheyWentIn() throws Exception {
        String json = file("a.json", """
                {
                  // both in one file
                  ":configurator:resource-version": 1,
                  "org.acme.server": {"port:Integer": 8080, "hosts": ["a", "b"], "secret": "x\\ny\\u0000"},
                  "org.acme.pool~blue": {"size": 5}
                }
                """);
        String told = tool.done("deploy", jar().toString(), json).out();
        assertThat(told).contains("1 added, 2 configurations", "+ configuration org.acme.pool~blue", "port: ");

        String shown = tool.done("show", "1", "--configurations").out();
        assertThat(tool.done("deploy", file("again.json", shown)).out()).startsWith("Nothing to do");
        assertThat(tool.done("show", "1", "--configurations", "org.acme.server").out())
                .contains("\"port:Integer\": 8080")
                .doesNotContain("org.acme.pool");
        assertThat(tool.run("show", "1", "--configurations", "nobody").exits(1).err())
                .contains("Generation 1 has no configuration nobody");
        JsonObject whole = tool.done("show", "1", "--json").json().getAsJsonObject("configurations");
        assertThat(whole.getAsJsonObject("org.acme.server").get("port:Integer").getAsInt())
                .isEqualTo(8080);
        assertThat(tool.done("show", "1").out()).contains("configuration org.acme.server  3 properties");
    }

    @Test
    void secrets_areHidden_butWhereTheyAreAskedFor() throws Exception {
        String secret = "hunter2";
        List<String> told = new ArrayList<>();
        told.add(tool.done("deploy", secrets("one.json", secret + "a")).out());
        told.add(tool.done("plan", secrets("two.json", secret + "b")).out());
        told.add(
                tool.done("deploy", secrets("two.json", secret + "b"), "--json").out());
        for (List<String> words : List.of(List.of("log"), List.of("diff", "1", "2"), List.of("show", "2"))) {
            told.add(tool.done(words.toArray(String[]::new)).out());
            List<String> json = new ArrayList<>(words);
            json.add("--json");
            told.add(tool.done(json.toArray(String[]::new)).out());
        }

        assertThat(told).noneMatch(text -> text.contains(secret));
        assertThat(tool.done("diff", "1", "2").out())
                .contains("db.PassWord: (hidden) -> (hidden)", "accessTokens: (hidden) -> (hidden)", "user: ");
        assertThat(tool.done("show", "2", "--configurations").out()).contains(secret + "b");
        assertThat(tool.done("show", "2", "--text").out()).contains(secret + "b");
    }

    private String secrets(String name, String secret) throws Exception {
        return file(name, """
                {"org.acme.login": {"db.PassWord": "%s", "accessTokens": ["%s"], "user": "%s"}}
                """.formatted(secret, secret, name));
    }

    @Test
    void file_replacesItsPidsWhole_andLeavesOthers() throws Exception {
        tool.done("deploy", file("a.json", "{\"one\": {\"x\": 1, \"y\": 2}, \"two\": {}}"), "-m", "First");
        assertThat(tool.done("plan", file("b.json", "{\"one\": {\"x\": 3}}"), "--remove-configuration", "two")
                        .out())
                .contains(
                        "~ configuration one",
                        "x: 1 (Long) -> 3 (Long)",
                        "y: 2 (Long) -> (not set)",
                        "- configuration two");
        tool.done("deploy", file("b.json", "{\"one\": {\"x\": 3}}"), "--remove-configuration", "two");

        JsonObject diff = tool.done("diff", "1", "2", "--json").json().getAsJsonObject("configurations");
        assertThat(diff.keySet()).containsExactly("one", "two");
        assertThat(diff.getAsJsonObject("two").get("to").isJsonNull()).isTrue();
        assertThat(tool.done("log").out()).contains("Configure one, remove configuration two", "- configuration two");
        tool.done("rollback");
        assertThat(tool.done("show", "3", "--configurations").out())
                .isEqualTo(tool.done("show", "1", "--configurations").out());
        assertThat(tool.run("deploy", "--remove-configuration", "three")
                        .exits(1)
                        .err())
                .contains("Cannot remove configuration three: there is none with that PID");
        assertThat(tool.done("verify").out()).startsWith("All is well");
    }

    @Test
    void wrongFile_isRefused_namingFileAndPidAndProperty_andNothingIsMade() throws Exception {
        String wrong = file("wrong.json", "{\"org.acme\": {\"port:Integer\": \"many\"}}");

        Tool.Result result = tool.run("deploy", jar().toString(), wrong).exits(1);

        assertThat(result.err())
                .contains(wrong + " is refused: PID org.acme, property port: 'many' is no Integer")
                .hasLineCount(1);
        assertThat(tool.run("deploy", file("broken.json", "{\"a\": {")).exits(1).err())
                .contains("broken.json is refused");
        assertThat(tool.run("deploy", "--remove-configuration").exits(2).err()).isNotEmpty();
        assertThat(tool.run("deploy", file("a.json", "{\"a\": {\"x\": 1}}"), file("b.json", "{\"a\": {\"x\": 2}}"))
                        .exits(1)
                        .err())
                .contains("another file sets configuration a otherwise");
    }

    @Test
    void exportOfAGeneration_hasAFileThatDeployTakes(@TempDir Path elsewhere) throws Exception {
        tool.done("deploy", jar().toString(), file("a.json", "{\"one\": {\"x\": 1}}"));
        Path out = elsewhere.resolve("out");
        tool.done("export", out.toString(), "--generation", "1");
        Tool other = new Tool(elsewhere);

        other.done(
                "deploy",
                out.resolve("jars").toString(),
                out.resolve("configurations.json").toString());

        assertThat(other.done("show", "1", "--json").json().get("stateDigest"))
                .isEqualTo(tool.done("show", "1", "--json").json().get("stateDigest"));
        tool.done("export", elsewhere.resolve("all").toString());
        Tool third = new Tool(elsewhere.resolve("third"));
        third.done("import", elsewhere.resolve("all").toString());
        assertThat(third.done("show", "1", "--configurations").out()).contains("\"x:Long\": 1");
    }

    @Test
    void changeInTheWebConsole_isAGeneration_thatAKilledNodeBoots() throws Exception {
        Path list = Workload.read("console").writeList(folder.resolve("console.txt"));
        tool.done(
                "deploy",
                "--from",
                list.toString(),
                file("console.json", "{\"" + CONSOLE + "\": {\"realm\": \"Acme Works\"}}"));
        long head;
        try (NodeProcess node = tool.node("--empty")) {
            assertThat(Web.consoleRealm(node.port())).contains("Acme Works");
            Web.configure(node.port(), "org.acme.fromconsole", "text", "typed by hand");
            String log = await("typed by hand");
            // the console notes its own password at the first login: that may be in the same generation, or in one more
            assertThat(log)
                    .containsPattern("Configurations? org\\.acme\\.fromconsole[^\"]* changed at run time\"")
                    .contains("through org.apache.felix.webconsole on ");
            head = settledHead();
            node.kill();
        }
        try (NodeProcess again = tool.node("--empty")) {
            assertThat(again.output()).contains("runs generation " + head);
            assertThat(Web.consoleRealm(again.port())).contains("Acme Works");
            assertThat(head())
                    .as("what the bundles of a boot write is what they wrote before")
                    .isEqualTo(head);
            tool.done("deploy", file("console.json", "{\"" + CONSOLE + "\": {\"realm\": \"Other Works\"}}"));
            tool.done("show", String.valueOf(head), "--configurations", "org.acme.fromconsole");
            assertThat(tool.done("status", "--json").json().getAsJsonArray("drift"))
                    .isEmpty();
        }
        assertThat(tool.done("verify").out()).startsWith("All is well");
    }

    private long head() throws Exception {
        return tool.done("log", "-n", "1", "--json")
                .jsonList()
                .get(0)
                .getAsJsonObject()
                .get("generation")
                .getAsLong();
    }

    /** {@return the head, once nothing was committed for a second} */
    private long settledHead() throws Exception {
        long before = -1;
        long head = head();
        while (before != head) {
            Thread.sleep(1_000); // that nothing more is committed shows by nothing but time
            before = head;
            head = head();
        }
        return head;
    }

    private String await(String text) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            String log = tool.done("log").out();
            if (log.contains(text)) {
                return log;
            }
            assertThat(System.nanoTime()).as(log).isLessThan(end);
        }
    }
}
