package io.mainstay.store.jdbc;

import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * Streams content chunk by chunk and checks it as it goes. A few chunks are fetched at a time, each time with a query
 * of its own: no cursor stays open while the reader thinks, and no engine buffers the whole.
 */
final class ContentStream extends InputStream {
    /** Chunks fetched by one query: half a megabyte on Derby, four on PostgreSQL. */
    private static final int WINDOW = 16;

    /** Fetches the chunks from a position on; none after the last. */
    @FunctionalInterface
    private interface Fetch {
        List<byte[]> chunks(int position);
    }

    private final Fetch fetch;
    private final Content content;
    private final MessageDigest hash = Digest.algorithm();
    private final Deque<byte[]> window = new ArrayDeque<>();
    private byte[] chunk = new byte[0];
    private int offset;
    private int position;
    private long passed;
    private boolean ended;

    /** Streams with a connection from the pool for each chunk. */
    ContentStream(Database database, Content content) {
        this(
                position -> database.read("read content of", connection -> window(connection, content, position)),
                content);
    }

    /** Streams inside the caller's transaction. */
    ContentStream(Connection connection, Content content) {
        this(
                position -> {
                    try {
                        return window(connection, content, position);
                    } catch (SQLException e) {
                        throw SqlStates.translate("read content of", "the store", e);
                    }
                },
                content);
    }

    private ContentStream(Fetch fetch, Content content) {
        this.fetch = fetch;
        this.content = content;
    }

    private static List<byte[]> window(Connection connection, Content content, int position) throws SQLException {
        return Sql.query(
                connection,
                "SELECT bytes FROM content_chunk WHERE digest = ? AND position >= ? AND position < ? ORDER BY position",
                row -> row.getBytes(1),
                content.digest().hex(),
                position,
                position + WINDOW);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, target.length);
        if (length == 0) {
            return 0;
        }
        while (offset == chunk.length) {
            if (!advance()) {
                return -1;
            }
        }
        int count = Math.min(length, chunk.length - offset);
        System.arraycopy(chunk, offset, target, from, count);
        offset += count;
        return count;
    }

    private boolean advance() {
        if (ended) {
            return false;
        }
        if (window.isEmpty()) {
            window.addAll(fetch.chunks(position));
            position += window.size();
        }
        byte[] next = window.poll();
        if (next == null) {
            check();
            ended = true;
            return false;
        }
        hash.update(next);
        passed += next.length;
        chunk = next;
        offset = 0;
        return true;
    }

    private void check() {
        Digest found = Digest.finish(hash.digest());
        if (!found.equals(content.digest())) {
            throw ContentTable.corrupt(
                    content,
                    passed == content.sizeBytes()
                            ? "found " + found
                            : "found " + passed + " of its " + content.sizeBytes() + " bytes");
        }
    }
}
