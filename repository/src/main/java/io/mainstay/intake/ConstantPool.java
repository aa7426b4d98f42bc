package io.mainstay.intake;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the texts of a class file's constant pool (Java Virtual Machine Specification 17, 4.4): all names are among them. */
final class ConstantPool {
    private static final int MAGIC = 0xCAFEBABE;
    private static final int UTF8 = 1;
    /** What the length of a text takes. */
    private static final int LENGTH_BYTES = 2;

    private ConstantPool() {}

    /** @throws IOException if it is no class file, or one of a kind that is not known here */
    static List<String> texts(byte[] classFile) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(classFile);
        try {
            if (in.getInt() != MAGIC) {
                throw new IOException("no class file");
            }
            in.getInt(); // its version
            return texts(in);
        } catch (BufferUnderflowException e) {
            throw new IOException("the class file ends too early", e);
        }
    }

    private static List<String> texts(ByteBuffer in) throws IOException {
        int count = Short.toUnsignedInt(in.getShort());
        List<String> texts = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            int tag = in.get();
            switch (tag) {
                case UTF8 -> texts.add(text(in));
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.getInt();
                case 5, 6 -> {
                    in.getLong();
                    i++; // these take two places
                }
                case 7, 8, 16, 19, 20 -> in.getShort();
                case 15 -> {
                    in.get();
                    in.getShort();
                }
                default -> throw new IOException("constant of kind " + tag);
            }
        }
        return texts;
    }

    /** Nearly all are ASCII. */
    private static String text(ByteBuffer in) throws IOException {
        int begin = in.position();
        int length = Short.toUnsignedInt(in.getShort());
        byte[] bytes = in.array();
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(begin + LENGTH_BYTES + length);
        for (int i = begin + LENGTH_BYTES; i < in.position(); i++) {
            if (bytes[i] <= 0) {
                return new DataInputStream(new ByteArrayInputStream(bytes, begin, LENGTH_BYTES + length)).readUTF();
            }
        }
        return new String(bytes, begin + LENGTH_BYTES, length, StandardCharsets.ISO_8859_1);
    }
}
