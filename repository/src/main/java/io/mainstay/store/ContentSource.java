package io.mainstay.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the bytes of something that is to be stored, as often as needed. Implementations are thread-safe. */
public interface ContentSource {

    /** {@return what people call it: a file's path, a Maven coordinate} */
    String name();

    /** {@return the number of bytes} */
    long sizeBytes() throws IOException;

    /** Opens the bytes from the first; the caller closes. */
    InputStream open() throws IOException;

    /** Opens the bytes for reading at any position; the caller closes. */
    SeekableByteChannel openSeekable() throws IOException;

    /** Serves a file, which must not change until it is stored. */
    static ContentSource of(Path file) {
        return of(file.toString(), file);
    }

    /** Serves a file under a name of the caller's. */
    static ContentSource of(String name, Path file) {
        return new ContentSource() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public long sizeBytes() throws IOException {
                return Files.size(file);
            }

            @Override
            public InputStream open() throws IOException {
                return Files.newInputStream(file);
            }

            @Override
            public SeekableByteChannel openSeekable() throws IOException {
                return FileChannel.open(file);
            }
        };
    }

    /** Serves bytes in memory, which the caller no longer changes. */
    static ContentSource of(String name, byte[] bytes) {
        return new ContentSource() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public long sizeBytes() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }

            @Override
            public SeekableByteChannel openSeekable() {
                return new ByteArrayChannel(bytes);
            }
        };
    }
}
