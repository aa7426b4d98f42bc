package io.mainstay.itests.fault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A {@link FaultyProcess}, or another program of these tests, as seen by the test that ends it. One thread at a time; it is
 * ended with this object.
 */
final class Victim implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;
    /** What is heard last. */
    static final String ENDED = "ended";

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Thread reader;
    private final List<String> said = new ArrayList<>();

    private Victim(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "victim-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts one that takes its classes, if there are any, from an archive, which halves the time until it is up. */
    static Victim start(Path folder, List<String> javaOptions, String... arguments) throws IOException {
        return start(FaultyProcess.class, folder, javaOptions, arguments);
    }

    /** Starts another program. */
    static Victim start(Class<?> main, Path folder, List<String> javaOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + folder,
                "-Dderby.stream.error.file=" + folder.resolve("derby.log")));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("victim.log");
        Files.createDirectories(folder);
        return new Victim(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start());
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            output.lines().forEach(lines::add);
        } catch (UncheckedIOException | IOException e) {
            // it is dead
        }
        lines.add(ENDED);
    }

    /** Waits until it says a line that begins so, or ends; returns whether it said it. */
    boolean await(String beginning) throws InterruptedException {
        return await(beginning, PATIENCE_SECONDS);
    }

    private boolean await(String beginning, long seconds) throws InterruptedException {
        while (true) {
            String line = lines.poll(seconds, TimeUnit.SECONDS);
            if (line == null) {
                kill();
                throw new AssertionError("The process does not say '" + beginning + "'; it said " + said);
            }
            said.add(line);
            if (line.startsWith(beginning)) {
                return true;
            }
            if (line.equals(ENDED)) {
                lines.add(ENDED);
                return false;
            }
        }
    }

    /** Ends it as {@code kill -9} does, and hears what it said last. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
        reader.join();
        lines.drainTo(said);
    }

    /** {@return what it said of a kind so far, without the beginning} */
    List<String> said(String beginning) {
        return said.stream()
                .filter(line -> line.startsWith(beginning))
                .map(line -> line.substring(beginning.length()))
                .toList();
    }

    /** {@return the generation of each round whose commit was acknowledged} */
    Map<Integer, Long> acknowledged() {
        Map<Integer, Long> acknowledged = new TreeMap<>();
        for (String line : said(FaultyProcess.ACKNOWLEDGED)) {
            String[] words = line.split(" ");
            acknowledged.put(Integer.parseInt(words[0]), Long.parseLong(words[1]));
        }
        return acknowledged;
    }

    /** {@return the last round that was begun; empty if none} */
    List<Integer> begun() {
        return said(FaultyProcess.BEGUN).stream().map(Integer::parseInt).toList();
    }

    /** Closes its input, which tells some programs to end. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
