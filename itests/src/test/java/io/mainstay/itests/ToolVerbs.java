package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.mainstay.store.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tool tells programs, whether a node runs or not. Five generations are made first: bundle {@code one}; the same
 * version with other bytes; {@code two} beside it; without {@code two}; and back to the third.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ToolVerbs {
    private static final String HEX = "[0-9a-f]{64}";
    private static final List<String> OF_A_DEPLOY = List.of(
            "channel",
            "outcome",
            "generation",
            "digest",
            "parent",
            "author",
            "message",
            "instant",
            "added",
            "updated",
            "removed",
            "reset",
            "services",
            "rewiredAtBoot",
            "resetDifference",
            "waited",
            "failedCalls",
            "longestWaitMillis");

    private Path folder;
    private Tool tool;
    private Path one;
    private Path changed;
    private Path two;
    private List<JsonObject> made;

    /** Called before anything is deployed. */
    abstract void begin(Tool tool) throws Exception;

    /** {@return what a deploy that succeeds says it did} */
    abstract String outcome();

    @BeforeAll
    void makeHistory(@TempDir Path given) throws Exception {
        folder = given;
        tool = new Tool(folder);
        begin(tool);
        one = Jars.bundle("one", "1.0.0").entry("text", "old").writeTo(folder.resolve("one.jar"));
        changed = Jars.bundle("one", "1.0.0").entry("text", "new").writeTo(folder.resolve("changed.jar"));
        two = Jars.bundle("two", "2.0.0").writeTo(folder.resolve("two.jar"));
        made = List.of(
                tool.done("deploy", one.toString(), "--json", "-m", "First").json(),
                tool.done("deploy", changed.toString(), "--json", "--author", "somebody")
                        .json(),
                tool.done("deploy", two.toString(), "--json", "--start-level", "3")
                        .json(),
                tool.done("remove", "two", "--json").json(),
                tool.done("rollback", "3", "--json").json());
    }

    /** {@return whether a node runs} */
    boolean running() {
        return outcome().equals("applied");
    }

    @Test
    void deploy_tellsWhatItDid() {
        assertThat(made).allSatisfy(told -> assertThat(told.keySet()).containsAll(OF_A_DEPLOY));
        assertThat(made).extracting(told -> told.get("outcome").getAsString()).containsOnly(outcome());
        assertThat(made).extracting(told -> told.get("generation").getAsLong()).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(names(made.get(0), "added")).containsExactly("one");
        assertThat(names(made.get(1), "updated")).containsExactly("one");
        assertThat(names(made.get(2), "added")).containsExactly("two");
        assertThat(names(made.get(3), "removed")).containsExactly("two");
        assertThat(names(made.get(4), "added")).containsExactly("two");
        assertThat(made.get(1).get("parent")).isEqualTo(made.get(0).get("digest"));
    }

    @Test
    void deployOfTheSame_makesNoGeneration() throws Exception {
        JsonObject told = tool.done("deploy", changed.toString(), two.toString(), "--json")
                .json();

        assertThat(told.get("outcome").getAsString()).isEqualTo("unchanged");
        assertThat(told.get("generation").getAsLong()).isEqualTo(5);
    }

    @Test
    void refusedDeploy_isToldOnBothStreams() throws Exception {
        Path lonely = Jars.bundle("lonely", "1.0.0")
                .header("Import-Package", "no.such.place")
                .writeTo(folder.resolve("lonely.jar"));

        Tool.Result result = tool.run("deploy", lonely.toString(), "--json").exits(1);

        assertThat(result.json().get("outcome").getAsString()).isEqualTo("refused");
        assertThat(result.json().get("cause").getAsString()).contains("no.such.place");
        assertThat(result.err()).contains("no.such.place");
    }

    @Test
    void plan_tellsWhatWouldHappen_andDoesNothing() throws Exception {
        JsonObject told =
                tool.done("plan", "--remove", "two", one.toString(), "--json").json();

        assertThat(told.keySet()).contains("outcome", "added", "updated", "removed", "reset", "problems");
        assertThat(told.get("outcome").getAsString()).isEqualTo("planned");
        assertThat(names(told, "removed")).containsExactly("two");
        assertThat(names(told, "updated")).containsExactly("one");
        assertThat(told.getAsJsonArray("reset")).isNotEmpty();
        assertThat(told.get("services").isJsonNull()).isEqualTo(!running());
        assertThat(head()).isEqualTo(5);
    }

    private long head() throws Exception {
        return tool.done("log", "-n", "1", "--json")
                .jsonList()
                .get(0)
                .getAsJsonObject()
                .get("generation")
                .getAsLong();
    }

    @Test
    void status_tellsOfNodesAndBundles() throws Exception {
        JsonObject told = tool.done("status", "--json").json();

        assertThat(told.keySet()).contains("channel", "generation", "digest", "nodes", "bundles", "drift");
        assertThat(told.get("channel").getAsString()).isEqualTo("main");
        assertThat(told.get("generation").getAsLong()).isEqualTo(5);
        assertThat(told.get("digest")).isEqualTo(made.get(4).get("digest"));
        assertThat(told.getAsJsonArray("drift")).isEmpty();
        assertThat(objects(told.getAsJsonArray("nodes")))
                .hasSize(running() ? 1 : 0)
                .allSatisfy(node -> {
                    assertThat(node.keySet()).containsExactly("name", "generation", "state", "reason", "lastChange");
                    assertThat(node.get("generation").getAsLong()).isEqualTo(5);
                    assertThat(node.get("state").getAsString()).isEqualTo("running");
                    assertThat(node.get("reason")).isEqualTo(JsonNull.INSTANCE);
                });
        assertThat(objects(told.getAsJsonArray("bundles"))).hasSize(2).allSatisfy(bundle -> {
            assertThat(bundle.keySet())
                    .containsExactly("location", "symbolicName", "version", "digest", "state", "startLevel");
            assertThat(bundle.get("digest").getAsString()).matches(HEX);
            assertThat(bundle.get("state").getAsString()).isEqualTo(running() ? "ACTIVE" : "NOT_RUNNING");
        });
        JsonObject second = told.getAsJsonArray("bundles").get(1).getAsJsonObject();
        assertThat(second.get("location").getAsString()).isEqualTo("mainstay:two");
        assertThat(second.get("startLevel").getAsInt()).isEqualTo(3);
        assertThat(second.get("digest").getAsString()).isEqualTo(digest(two));
    }

    @Test
    void log_tellsTheHistory_youngestFirst() throws Exception {
        List<JsonObject> told = objects(tool.done("log", "--json").jsonList());

        assertThat(told).hasSize(5).allSatisfy(one -> {
            assertThat(one.keySet()).contains("generation", "digest", "parent", "author", "message", "instant");
            assertThat(one.get("digest").getAsString()).matches(HEX);
            assertThat(Instant.parse(one.get("instant").getAsString())).isBefore(Instant.now());
        });
        assertThat(told).extracting(one -> one.get("generation").getAsLong()).containsExactly(5L, 4L, 3L, 2L, 1L);
        assertThat(told.get(4).get("parent")).isEqualTo(JsonNull.INSTANCE);
        assertThat(told.get(4).get("message").getAsString()).isEqualTo("First");
        assertThat(told.get(3).get("author").getAsString()).isEqualTo("somebody");
        assertThat(told.get(3).get("parent")).isEqualTo(told.get(4).get("digest"));
        assertThat(objects(tool.done("log", "--json", "-n", "2").jsonList())).hasSize(2);
    }

    @Test
    void show_tellsOneGeneration_whoseTextHasTheDigest() throws Exception {
        JsonObject told = tool.done("show", "2", "--json").json();
        String text = tool.done("show", "2", "--text").out();

        assertThat(told.get("message").getAsString()).isEqualTo("Deploy one 1.0.0");
        assertThat(names(told, "bundles")).containsExactly("one");
        assertThat(Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex())
                .isEqualTo(told.get("digest").getAsString())
                .isEqualTo(made.get(1).get("digest").getAsString());
        assertThat(tool.run("show", "99").exits(1).err()).contains("There is no generation 99");
    }

    @Test
    void diffOfTheSameVersion_showsBothDigests() throws Exception {
        JsonObject told = tool.done("diff", "1", "2", "--json").json();
        JsonObject update = told.getAsJsonArray("updated").get(0).getAsJsonObject();

        assertThat(update.get("fromDigest").getAsString()).isEqualTo(digest(one));
        assertThat(update.get("digest").getAsString()).isEqualTo(digest(changed));
        assertThat(tool.done("diff", "1", "2").out())
                .contains("1.0.0", digest(one).substring(0, 12), digest(changed).substring(0, 12));
    }

    @Test
    void verify_tellsThatAllIsWell() throws Exception {
        JsonObject told = tool.done("verify", "--json").json();

        assertThat(told.get("clean").getAsBoolean()).isTrue();
        assertThat(told.get("generations").getAsLong()).isEqualTo(5);
        assertThat(told.getAsJsonArray("problems")).isEmpty();
    }

    @Test
    void exportedStore_isTheSameWhereItIsImported(@TempDir Path elsewhere) throws Exception {
        Path out = elsewhere.resolve("out");
        assertThat(tool.done("export", out.toString(), "--json")
                        .json()
                        .get("bundles")
                        .getAsInt())
                .isGreaterThanOrEqualTo(2);
        Tool other = new Tool(elsewhere);

        JsonObject told = other.done("import", out.toString(), "--json").json();

        assertThat(told.get("generations").getAsInt()).isEqualTo(5);
        assertThat(told.get("stored")).isEqualTo(told.get("bundles"));
        assertThat(objects(other.done("log", "--json").jsonList()))
                .extracting(one -> one.get("digest"))
                .containsExactlyElementsOf(objects(tool.done("log", "--json").jsonList()).stream()
                        .map(one -> one.get("digest"))
                        .toList());
        assertThat(other.done("verify").out()).startsWith("All is well");
        assertThat(tool.done("import", out.toString(), "--json")
                        .json()
                        .get("generations")
                        .getAsInt())
                .as("a store with a history keeps its own")
                .isZero();
    }

    /** In a copy, because the other tests need what it drops. */
    @Test
    void gc_dropsWhatNoKeptGenerationNeeds(@TempDir Path elsewhere) throws Exception {
        Path out = elsewhere.resolve("out");
        tool.done("export", out.toString());
        Tool other = new Tool(elsewhere);
        begin(other);
        other.done("import", out.toString());

        JsonObject told = other.done("gc", "--keep", "2", "--json").json();

        assertThat(told.keySet()).contains("contents", "bytes", "keptGenerations");
        assertThat(told.get("contents").getAsInt()).isPositive();
        assertThat(other.run("rollback", "1").exits(1).err()).contains("gc has dropped", "kept are");
        assertThat(other.done("verify").out()).startsWith("All is well");
    }

    private static String digest(Path jar) throws Exception {
        return Digest.of(Files.readAllBytes(jar)).hex();
    }

    private static List<String> names(JsonObject told, String list) {
        return objects(told.getAsJsonArray(list)).stream()
                .map(bundle -> bundle.get("symbolicName").getAsString())
                .toList();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
