package io.mainstay.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
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
