package io.mainstay.store.jdbc;

import io.mainstay.store.Content;
import io.mainstay.store.ContentCorruptException;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Contents;
import io.mainstay.store.Digest;
import io.mainstay.store.IndexQuery;
import io.mainstay.store.spi.Milestone;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Version;

/** The tables {@code content}, {@code content_chunk} and {@code capability}. */
final class ContentTable implements Contents {
    static final String INSERT = "INSERT INTO content"
            + " (digest, size_bytes, symbolic_name, version, headers, index_document) VALUES (?, ?, ?, ?, ?, ?)";
    private static final String COLUMNS = "digest, size_bytes, symbolic_name, version, headers";
    /** As many parameters as every engine takes in one statement without complaint. */
    private static final int IN_LIST = 100;

    private final Database database;

    ContentTable(Database database) {
        this.database = database;
    }

    @Override
    public Optional<Content> find(Digest digest) {
        return Optional.ofNullable(find(Set.of(digest)).get(digest));
    }

    @Override
    public Map<Digest, Content> find(Collection<Digest> digests) {
        return database.read("look up content in", connection -> find(connection, digests));
    }

    static Map<Digest, Content> find(Connection connection, Collection<Digest> digests) throws SQLException {
        Map<Digest, Content> found = new HashMap<>();
        for (List<Digest> some : slices(digests)) {
            String sql = "SELECT " + COLUMNS + " FROM content WHERE digest IN (" + Sql.marks(some.size()) + ")";
            Object[] parameters = some.stream().map(Digest::hex).toArray();
            Sql.query(connection, sql, ContentTable::content, parameters)
                    .forEach(content -> found.put(content.digest(), content));
        }
        return found;
    }

    @Override
    public List<Content> all() {
        return database.read(
                "list content of",
                connection -> Sql.query(
                        connection,
                        "SELECT " + COLUMNS + " FROM content ORDER BY symbolic_name, digest",
                        ContentTable::content));
    }

    private static Content content(ResultSet row) throws SQLException {
        return new Content(
                new Digest(row.getString(1)),
                row.getLong(2),
                row.getString(3),
                new Version(row.getString(4)),
                readHeaders(row.getBytes(5)));
    }

    @Override
    public InputStream open(Digest digest) {
        Content content = find(digest).orElseThrow(() -> new ContentMissingException("the caller", digest));
        return new ContentStream(database, content);
    }

    @Override
    public byte[] read(Digest digest) {
        return read(Set.of(digest)).get(digest);
    }

    @Override
    public Map<Digest, byte[]> read(Collection<Digest> digests) {
        return database.read("read content of", connection -> {
            Map<Digest, Content> contents = find(connection, digests);
            Map<Digest, byte[]> bytes = new LinkedHashMap<>();
            for (Digest digest : new TreeSet<>(digests)) {
                Content content = contents.get(digest);
                if (content == null) {
                    throw new ContentMissingException("the caller", digest);
                }
                bytes.put(digest, read(connection, content));
            }
            return bytes;
        });
    }

    private static byte[] read(Connection connection, Content content) throws SQLException {
        byte[] bytes = new byte[Math.toIntExact(content.sizeBytes())];
        int filled = 0;
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT bytes FROM content_chunk WHERE digest = ? ORDER BY position")) {
            Sql.bind(statement, content.digest().hex());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    byte[] chunk = rows.getBytes(1);
                    if (filled + chunk.length > bytes.length) {
                        throw corrupt(content, "found more than its " + bytes.length + " bytes");
                    }
                    System.arraycopy(chunk, 0, bytes, filled, chunk.length);
                    filled += chunk.length;
                }
            }
        }
        if (filled < bytes.length) {
            throw corrupt(content, "found only " + filled + " of its " + bytes.length + " bytes");
        }
        Digest found = Digest.of(bytes);
        if (!found.equals(content.digest())) {
            throw corrupt(content, "found " + found);
        }
        return bytes;
    }

    static ContentCorruptException corrupt(Content content, String finding) {
        return new ContentCorruptException(content.label(), content.digest(), finding);
    }

    @Override
    public ContentIndex index(Digest digest) {
        return database.read("read the index of", connection -> {
            byte[] document = Sql.first(
                            connection,
                            "SELECT index_document FROM content WHERE digest = ?",
                            row -> row.getBytes(1),
                            digest.hex())
                    .orElseThrow(() -> new ContentMissingException("the index", digest));
            return new ContentIndex(document, new HashSet<>(CapabilityTable.keys(connection, digest)));
        });
    }

    @Override
    public Set<Digest> providers(IndexQuery query) {
        return database.read("search", connection -> CapabilityTable.providers(connection, query));
    }

    /** Stores content; see {@link io.mainstay.store.StoreTransaction#put}. */
    boolean put(Connection connection, Content content, ContentSource source, ContentIndex index)
            throws SQLException, IOException {
        boolean there = !insertRow(connection, content, index);
        if (there && sound(connection, content)) {
            return false;
        }
        Milestone.CONTENT_BEGUN.reached();
        Sql.update(
                connection,
                "DELETE FROM content_chunk WHERE digest = ?",
                content.digest().hex());
        writeChunks(connection, content, source, database.dialect().chunkBytes());
        Milestone.CONTENT_WRITTEN.reached();
        if (!there) {
            CapabilityTable.insert(connection, content.digest(), index.keys());
        }
        Milestone.CONTENT_STORED.reached();
        return true;
    }

    private static boolean sound(Connection connection, Content content) throws SQLException {
        try (InputStream in = new ContentStream(connection, content)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return true;
        } catch (ContentCorruptException e) {
            return false;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static boolean isThere(Connection connection, Digest digest) throws SQLException {
        return Sql.first(connection, "SELECT 1 FROM content WHERE digest = ?", row -> true, digest.hex())
                .isPresent();
    }

    private boolean insertRow(Connection connection, Content content, ContentIndex index) throws SQLException {
        if (isThere(connection, content.digest())) {
            return false;
        }
        try {
            return Sql.update(
                            connection,
                            database.dialect().insertContent(),
                            content.digest().hex(),
                            content.sizeBytes(),
                            content.symbolicName(),
                            content.version().toString(),
                            writeHeaders(content.headers()),
                            index.document())
                    == 1;
        } catch (SQLException e) {
            if (SqlStates.duplicateKey(e)) {
                return false;
            }
            throw e;
        }
    }

    private static void writeChunks(Connection connection, Content content, ContentSource source, int chunkBytes)
            throws SQLException, IOException {
        MessageDigest hash = Digest.algorithm();
        try (InputStream in = source.open();
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO content_chunk (digest, position, bytes) VALUES (?, ?, ?)")) {
            int position = 0;
            for (byte[] chunk = in.readNBytes(chunkBytes); chunk.length > 0; chunk = in.readNBytes(chunkBytes)) {
                hash.update(chunk);
                statement.setString(1, content.digest().hex());
                statement.setInt(2, position++);
                statement.setBytes(3, chunk);
                statement.executeUpdate();
            }
        }
        Digest written = Digest.finish(hash.digest());
        if (!written.equals(content.digest())) {
            throw new IOException(source.name() + " changed while it was read: it had SHA-256 "
                    + content.digest().brief() + "…, now " + written.brief() + "…");
        }
    }

    /** Removes content that the caller knows to be needed by nothing. */
    static void delete(Connection connection, Digest digest) throws SQLException {
        Sql.update(connection, "DELETE FROM content_chunk WHERE digest = ?", digest.hex());
        Sql.update(connection, "DELETE FROM capability WHERE digest = ?", digest.hex());
        Sql.update(connection, "DELETE FROM content WHERE digest = ?", digest.hex());
    }

    private static byte[] writeHeaders(Map<String, String> headers) {
        StringBuilder text = new StringBuilder();
        headers.forEach((name, value) -> text.append(name)
                .append(": ")
                .append(value.replaceAll("[\\r\\n]", " "))
                .append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> readHeaders(byte[] bytes) {
        Map<String, String> headers = new HashMap<>();
        new String(bytes, StandardCharsets.UTF_8).lines().forEach(line -> {
            int colon = line.indexOf(": ");
            headers.put(line.substring(0, colon), line.substring(colon + 2));
        });
        return headers;
    }

    private static List<List<Digest>> slices(Collection<Digest> digests) {
        List<Digest> ordered = List.copyOf(new TreeSet<>(digests));
        List<List<Digest>> slices = new ArrayList<>();
        for (int from = 0; from < ordered.size(); from += IN_LIST) {
            slices.add(ordered.subList(from, Math.min(from + IN_LIST, ordered.size())));
        }
        return slices;
    }
}
