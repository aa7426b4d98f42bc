package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher makes itself a class data archive, and never fails because of it. */
class ClassArchiveIT {
    @TempDir
    private Path folder;

    @Test
    void archive_isMadeOnce_andUsed_andHasNothingOfABundle() throws Exception {
        Path cache = folder.resolve("a cache");
        Tool tool = new Tool(folder).caching(cache);
        try (NodeProcess node = tool.node()) {
            Path archive = await(cache);
            assertThat(loadedFromArchive(tool)).isTrue();
            assertThat(archives(cache)).as("made once").containsExactly(archive);

            String text = new String(Files.readAllBytes(archive), StandardCharsets.ISO_8859_1);
            assertThat(text)
                    .contains("io/mainstay/framework/boot/Node")
                    .doesNotContain("io/mainstay/examples/hello", "org/eclipse/jetty", "org/apache/felix/scr");
            assertThat(text)
                    .as("a server for JMX, which Derby would start")
                    .doesNotContain("com/sun/jmx/mbeanserver/JmxMBeanServer");

            damage(archive);
            assertThat(tool.done("status").out()).contains("generation 1, running");
            assertThat(tool.run("status", "nobody").exits(2).err())
                    .as("nobody is told of an archive")
                    .startsWith("Unmatched argument at index 1: 'nobody'\n");
            assertThat(node.isAlive()).isTrue();
        }
    }

    @Test
    void whereThereCanBeNone_nothingIsLost() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        Tool tool = new Tool(folder).caching(file);
        assertThat(tool.done("--version").err()).isEmpty();
        assertThat(loadedFromArchive(tool)).isFalse();
        assertThat(tool.caching(file.resolve("below")).done("--version").err()).isEmpty();
    }

    private static Path await(Path cache) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            Optional<Path> made = archives(cache).stream().findFirst();
            if (made.isPresent()) {
                return made.get();
            }
            assertThat(System.nanoTime()).as("an archive in %s", cache).isLessThan(end);
            Thread.sleep(100); // another process makes it, and tells nobody
        }
    }

    private static List<Path> archives(Path cache) throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private boolean loadedFromArchive(Tool tool) throws Exception {
        Path log = folder.resolve("classes.log");
        tool.with("-Xlog:class+load:file=" + log).done("--version");
        tool.with("");
        return Files.readAllLines(log).stream()
                .anyMatch(line -> line.contains(" io.mainstay.deploy.Tool source: shared objects file"));
    }

    private static void damage(Path archive) throws IOException {
        byte[] bytes = Files.readAllBytes(archive);
        Files.delete(archive);
        for (int i = 0; i < bytes.length; i += 97) {
            bytes[i] ^= 0x55;
        }
        Files.write(archive, bytes);
    }
}
