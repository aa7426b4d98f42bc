package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Promise 1: no byte of a bundle is on a disk outside the database. */
@TestInstance(Lifecycle.PER_CLASS)
class NoBytesOnDiskIT {
    private static final Workload CONSOLE = Workload.read("console");
    private static final String ZIP = "PK\u0003\u0004";

    private Path folder;
    private Tool tool;

    @BeforeAll
    void deployTheConsole(@TempDir Path given) throws Exception {
        folder = given;
        tool = new Tool(folder);
        tool.done(
                "deploy",
                "--from",
                CONSOLE.writeList(folder.resolve("console.lst")).toString());
    }

    @Test
    void filesOfANode_holdNoByteOfABundle_andAreNotNeeded() throws Exception {
        JsonObject first;
        try (NodeProcess node = tool.node()) {
            first = tool.done("status", "--json").json();
            Web.assertConsoleServes(node.port());
            assertNoBytes();
            node.terminate();
        }
        assertNoBytes();
        delete(tool.data().resolve("felix"));

        try (NodeProcess node = tool.node()) {
            assertThat(node.output())
                    .contains("runs generation 1, " + CONSOLE.parts().size() + " bundles active");
            JsonObject second = tool.done("status", "--json").json();
            Web.assertConsoleServes(node.port());
            assertThat(second.get("digest")).isEqualTo(first.get("digest"));
            assertThat(second.get("bundles")).isEqualTo(first.get("bundles"));
            assertThat(second.getAsJsonArray("drift")).isEmpty();
        }
    }

    private void assertNoBytes() throws IOException {
        List<JarSamples> samples = new ArrayList<>();
        for (Workload.Part part : CONSOLE.parts()) {
            samples.add(JarSamples.of(part.jar()));
        }
        List<Path> files = files();
        assertThat(files).as("the search finds what is there").anyMatch(file -> file.endsWith("bundle.info"));
        for (Path file : files) {
            String content = Files.readString(file, StandardCharsets.ISO_8859_1);
            assertThat(content.contains(ZIP)).as("%s has a zip in it", file).isFalse();
            for (JarSamples jar : samples) {
                assertThat(jar.isIn(content))
                        .as("%s has bytes of %s", file, jar.name())
                        .isFalse();
            }
        }
    }

    /** {@return all files that may come from the node, but not those of the database} */
    private List<Path> files() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path place : List.of(tool.data(), tool.temporary(), tool.home(), tool.called())) {
            try (Stream<Path> files = Files.walk(place)) {
                files.filter(Files::isRegularFile)
                        .filter(file -> !file.startsWith(tool.data().resolve("store")))
                        .forEach(found::add);
            }
        }
        return found;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void node_opensNoOtherFileForWriting() throws Exception {
        Path log = folder.resolve("strace");
        assumeTrue(canTrace(), "strace is not installed, or may not trace here: files opened for writing not checked");

        List<String> strace = List.of("strace", "-f", "-e", "trace=open,openat,creat", "-o", log.toString());
        try (NodeProcess node = tool.nodeUnder(strace)) {
            Web.assertConsoleServes(node.port());
            node.terminate();
        }

        List<Path> written = WrittenFiles.read(log, tool.called());
        assertThat(written)
                .as("the trace shows what is known to be written")
                .anyMatch(file -> file.startsWith(tool.data().resolve("store")))
                .anyMatch(file -> file.endsWith("bundle.info"));
        assertThat(written).filteredOn(file -> !isAllowed(file)).isEmpty();
    }

    private boolean isAllowed(Path file) {
        String name = file.getFileName().toString();
        return file.startsWith(tool.data().resolve("store"))
                || file.startsWith(tool.data().resolve("log"))
                || file.startsWith(tool.data().resolve("felix"))
                        && List.of("bundle.info", "revision.location", "bundle.id", "last.java.version")
                                .contains(name)
                // the node file, written beside its place and moved there
                || file.getParent().equals(tool.data()) && name.matches("node\\d+\\.tmp")
                // devices, and the JVM's performance counters: it names those by its process number in their folder
                || file.startsWith("/dev/null")
                || file.startsWith("/dev/tty")
                || file.startsWith("/proc/self")
                || file.getParent().equals(tool.called()) && name.matches("\\d+");
    }

    private boolean canTrace() throws InterruptedException {
        try {
            Process process = new ProcessBuilder(
                            "strace", "-f", "-o", folder.resolve("trial").toString(), "true")
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
