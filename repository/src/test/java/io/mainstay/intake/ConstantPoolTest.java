package io.mainstay.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is read of class files, and of what only looks like one. */
class ConstantPoolTest {
    private static byte[] pool(String... texts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xCAFEBABE);
        out.writeInt(61);
        out.writeShort(texts.length + 3);
        out.writeByte(5);
        out.writeLong(1); // takes two places
        for (String text : texts) {
            out.writeByte(1);
            out.writeUTF(text);
        }
        return bytes.toByteArray();
    }

    private static byte[] own() throws IOException {
        try (InputStream in = ConstantPoolTest.class.getResourceAsStream("ConstantPoolTest.class")) {
            return in.readAllBytes();
        }
    }

    @Test
    void texts_areReadAsJavaWritesThem() throws IOException {
        String[] texts = {"java/lang/Object", "", "Größe", "a\0b", "名前", "\uD83D\uDE00", "x".repeat(65_535)};

        assertThat(ConstantPool.texts(pool(texts))).containsExactly(texts);
        assertThat(ConstantPool.texts(own())).contains("io/mainstay/intake/ConstantPoolTest", "Größe");
    }

    @Test
    void whatEndsTooEarly_orIsNone_isNoClassFile() throws IOException {
        byte[] whole = pool("java/lang/Object", "Größe");
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ConstantPool.texts(part)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> ConstantPool.texts("no class".getBytes())).hasMessage("no class file");
    }

    @Test
    void damagedClassFile_isReadOrRefused() throws IOException {
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = own();
            for (int j = 0; j < 5; j++) {
                damaged[8 + random.nextInt(1_000)] = (byte) random.nextInt();
            }
            try {
                ConstantPool.texts(damaged);
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}
