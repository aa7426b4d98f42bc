package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The tool as people use it: the script, in a process of its own. Everything that it writes goes below one folder: its
 * data, its temporary files, the user's home, and what it leaves where it was called.
 */
final class Tool {
    private static final long LIMIT_SECONDS = 120;
    /** Halves what a short process costs. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";

    private final Path folder;
    private String javaOptions = "";
    private String editor = "false";
    /** None: no test waits for one, or for what makes it. */
    private String cache = "";

    Tool(Path folder) {
        this.folder = folder;
        for (Path own : List.of(temporary(), home(), called())) {
            try {
                Files.createDirectories(own);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Adds options to Java's. */
    Tool with(String options) {
        javaOptions = options;
        return this;
    }

    /** Has the launcher keep its class data archive in a folder. */
    Tool caching(Path archives) {
        cache = archives.toString();
        return this;
    }

    /** Has files edited by a shell script, which is given the file's name. */
    Tool editingBy(String script) throws IOException {
        Path file = Files.createTempFile(folder, "editor", ".sh");
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        editor = file.toString();
        return this;
    }

    /** {@return the data folder, which the tool makes when it needs it} */
    Path data() {
        return folder.resolve("data");
    }

    Path temporary() {
        return folder.resolve("tmp");
    }

    Path home() {
        return folder.resolve("home");
    }

    /** {@return the working folder} */
    Path called() {
        return folder.resolve("called");
    }

    /**
     * What came of a call.
     *
     * @param exit the exit code
     * @param out the standard output
     * @param err the error stream
     */
    record Result(int exit, String out, String err) {

        /** Checks the exit code. */
        Result exits(int expected) {
            assertThat(exit).as("exit code; output:\n%s%s", out, err).isEqualTo(expected);
            return this;
        }

        JsonObject json() {
            return element().getAsJsonObject();
        }

        JsonArray jsonList() {
            return element().getAsJsonArray();
        }

        private JsonElement element() {
            return JsonParser.parseString(out);
        }
    }

    /** Runs a command on the data folder, and waits for its end. */
    Result run(String... arguments) throws IOException, InterruptedException {
        Process process = builder(List.of(), arguments).start();
        try {
            process.getOutputStream().close();
            CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends within %s s", List.of(arguments), LIMIT_SECONDS)
                    .isTrue();
            Result result = new Result(process.exitValue(), out.join(), err.join());
            assertThat(result.out() + result.err())
                    .as("what goes to a pipe has no escape codes and no progress bar")
                    .doesNotContain("\u001b", "\r", "%|", "MiB/s");
            return result;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs a command that has to succeed. */
    Result done(String... arguments) throws IOException, InterruptedException {
        return run(arguments).exits(0);
    }

    /** Starts a command that goes on until it is ended. */
    Process started(Path output, String... arguments) throws IOException {
        return builder(List.of(), arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Starts a node without a shell, on a free port, and waits until it says that it runs. */
    NodeProcess node(String... arguments) throws IOException, InterruptedException {
        return nodeUnder(List.of(), arguments);
    }

    /** Starts a node by another program that runs it. */
    NodeProcess nodeUnder(List<String> program, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("run", "--no-shell"));
        int port = Work.freePort();
        all.add("-Dorg.osgi.service.http.port=" + port);
        all.addAll(List.of(arguments));
        Path log = Files.createTempFile(folder, "node", ".out");
        ProcessBuilder builder = builder(program, all.toArray(new String[0]));
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        return new NodeProcess(builder.start(), log, data(), port).awaitUp();
    }

    private ProcessBuilder builder(List<String> program, String... arguments) {
        List<String> command = new ArrayList<>(program);
        command.add(System.getProperty("itests.tool"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", data().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(called().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MAINSTAY_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("VISUAL");
        builder.environment().put("EDITOR", editor);
        builder.environment().put("MAINSTAY_CACHE", cache);
        builder.environment()
                .put(
                        "MAINSTAY_JAVA_OPTS",
                        "-Djava.io.tmpdir=" + temporary() + " -Duser.home=" + home() + " " + QUICK + " " + javaOptions);
        return builder;
    }

    private static String read(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
