package io.mainstay.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NodeFileTest {
    private static final StoreOptions ACCESS =
            StoreOptions.of("jdbc:derby://127.0.0.1:1/x").as("mainstay", "secret");

    @TempDir
    private Path folder;

    @Test
    void liesBesideTheDatabase_forFoldersOnly() {
        assertThat(NodeFile.pathFor("jdbc:derby:data/store;create=true"))
                .contains(Path.of("data/store.node").toAbsolutePath());
        assertThat(NodeFile.pathFor("jdbc:derby:directory:data/store"))
                .contains(Path.of("data/store.node").toAbsolutePath());
        assertThat(NodeFile.pathFor("jdbc:derby://host/store")).isEmpty();
        assertThat(NodeFile.pathFor("jdbc:derby:memory:store")).isEmpty();
        assertThat(NodeFile.pathFor("jdbc:postgresql://host/store")).isEmpty();
    }

    @Test
    void ofThisProcess_isAlive_andForItsOwnerOnly() throws IOException {
        Path file = folder.resolve("store.node");
        NodeFile.of("n", ACCESS).write(file);

        assertThat(NodeFile.readAlive(file)).hasValueSatisfying(found -> {
            assertThat(found.access()).isEqualTo(ACCESS.existing());
            assertThat(found.holder())
                    .contains("n")
                    .contains(String.valueOf(ProcessHandle.current().pid()));
            assertThat(found.toString()).doesNotContain("secret");
        });
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void ofAnotherProcessWithTheSameNumber_isDead() throws IOException {
        Path file = folder.resolve("store.node");
        long self = ProcessHandle.current().pid();
        new NodeFile("n", self, 1_000_000_000_000L, ACCESS.url(), "mainstay", "secret").write(file);

        assertThat(NodeFile.readAlive(file)).isEmpty();
    }

    /** What was killed, and whose parent does not ask for it, is there for the system, and for nobody else. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void ofAProcessThatHasEnded_isDead_thoughNobodyHasAsked() throws Exception {
        Path file = folder.resolve("store.node");
        Process parent = new ProcessBuilder("sh", "-c", "sleep 1 & echo $!; exec sleep 60").start();
        try {
            long child = Long.parseLong(parent.inputReader().readLine());
            long since = ProcessHandle.of(child)
                    .orElseThrow()
                    .info()
                    .startInstant()
                    .orElseThrow()
                    .toEpochMilli();
            new NodeFile("n", child, since, ACCESS.url(), "mainstay", "secret").write(file);
            assertThat(NodeFile.readAlive(file)).isPresent();

            long end = System.nanoTime() + 20_000_000_000L;
            while (NodeFile.readAlive(file).isPresent() && System.nanoTime() < end) {
                Thread.sleep(20); // the end of another process is told to its parent only
            }

            assertThat(NodeFile.readAlive(file)).isEmpty();
            assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive))
                    .as("it is a zombie")
                    .isPresent();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void missingOrDamaged_isNobody() throws IOException {
        Path file = folder.resolve("store.node");
        assertThat(NodeFile.readAlive(file)).isEmpty();
        Files.writeString(file, "{not json");
        assertThat(NodeFile.readAlive(file)).isEmpty();
        Files.write(file, new byte[] {'{', (byte) 0xFF});
        assertThat(NodeFile.readAlive(file)).isEmpty();
        Files.writeString(file, "");
        assertThat(NodeFile.readAlive(file)).isEmpty();
    }
}
