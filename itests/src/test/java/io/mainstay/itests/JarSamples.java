package io.mainstay.itests;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Pieces of a jar that nothing else has: of its bytes as they lie in the file, and of its largest class, expanded.
 *
 * @param name the jar
 * @param pieces 64 bytes each, a character a byte
 */
record JarSamples(String name, List<String> pieces) {
    private static final int SIZE = 64;

    static JarSamples of(Path jar) throws IOException {
        byte[] packed = Files.readAllBytes(jar);
        Stream<String> ofTheFile = Stream.of(1, 2, 3).map(quarter -> piece(packed, packed.length / 4 * quarter));
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry largest = zip.stream()
                    .filter(entry -> entry.getName().endsWith(".class"))
                    .max(Comparator.comparingLong(ZipEntry::getSize))
                    .orElseThrow();
            try (InputStream in = zip.getInputStream(largest)) {
                byte[] expanded = in.readAllBytes();
                return new JarSamples(
                        jar.getFileName().toString(),
                        Stream.concat(ofTheFile, Stream.of(piece(expanded, expanded.length / 2)))
                                .toList());
            }
        }
    }

    private static String piece(byte[] bytes, int at) {
        return new String(bytes, at, Math.min(SIZE, bytes.length - at), StandardCharsets.ISO_8859_1);
    }

    /** {@return whether any piece is in a file's content, read a character a byte} */
    boolean isIn(String content) {
        return pieces.stream().anyMatch(content::contains);
    }
}
