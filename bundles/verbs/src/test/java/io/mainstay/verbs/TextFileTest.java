package io.mainstay.verbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.intake.RefusedBundleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
    @TempDir
    private Path folder;

    private Path write(byte... bytes) throws IOException {
        return Files.write(folder.resolve("file"), bytes);
    }

    private static void assertRefused(Path file, String why) {
        assertThatThrownBy(() -> TextFile.properties(file))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(why);
    }

    @Test
    void properties_areReadInUtf8() throws IOException {
        assertThat(TextFile.properties(Files.writeString(folder.resolve("file"), "b = \u00fc\n# no\na=1")))
                .containsExactly(Map.entry("a", "1"), Map.entry("b", "\u00fc"));
    }

    @Test
    void whatIsNoText_isRefusedByName() throws IOException {
        assertRefused(write((byte) 'a', (byte) 0xFF), "it is not written in UTF-8");
        assertRefused(folder, "it is a folder");
        assertRefused(Files.writeString(folder.resolve("file"), "a=\\u00zz"), "it is no .properties file");
    }
}
