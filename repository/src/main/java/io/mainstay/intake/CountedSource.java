package io.mainstay.intake;

import io.mainstay.store.ContentSource;
import io.mainstay.store.Progress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;

/**
 * Tells how far the reading of a source has come.
 *
 * @param source the source
 * @param before the bytes done before it
 * @param total the bytes to be done in all
 * @param progress who is told
 */
record CountedSource(ContentSource source, long before, long total, Progress progress) implements ContentSource {

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long sizeBytes() throws IOException {
        return source.sizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
        return new FilterInputStream(source.open()) {
            private long passed;

            @Override
            public int read() throws IOException {
                int octet = super.read();
                count(octet < 0 ? 0 : 1);
                return octet;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int count = super.read(target, offset, length);
                count(Math.max(0, count));
                return count;
            }

            private void count(int bytes) {
                passed += bytes;
                progress.update(before + passed, total);
            }
        };
    }

    @Override
    public SeekableByteChannel openSeekable() throws IOException {
        return source.openSeekable();
    }
}
