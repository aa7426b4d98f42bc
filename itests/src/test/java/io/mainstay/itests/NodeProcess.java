package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own. It is ended with this object. */
final class NodeProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final Path output;
    private final Path data;
    private final int port;

    NodeProcess(Process process, Path output, Path data, int port) {
        this.process = process;
        this.output = output;
        this.data = data;
        this.port = port;
    }

    NodeProcess awaitUp() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!output().contains("Stop it with")) {
            if (!process.isAlive() || System.nanoTime() > end) {
                close();
                throw new AssertionError("The node does not come up:\n" + output());
            }
            Thread.sleep(50);
        }
        return this;
    }

    /** {@return what it has said so far} */
    String output() throws IOException {
        return Files.readString(output);
    }

    /** {@return the port that it was told to serve web pages at} */
    int port() {
        return port;
    }

    /** {@return the file by which the tool finds it} */
    Path file() {
        return data.resolve("store.node");
    }

    /** {@return the number of the process that the node file names} */
    long pid() throws IOException {
        return JsonParser.parseString(Files.readString(file()))
                .getAsJsonObject()
                .get("pid")
                .getAsLong();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Asks it to end, as {@code kill} does; returns the exit code. */
    int terminate() throws IOException, InterruptedException {
        ProcessHandle.of(pid()).orElseThrow().destroy();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("SIGTERM ends the node")
                .isTrue();
        return process.exitValue();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
