package io.mainstay.framework.content;

import io.mainstay.store.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.jar.Manifest;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.connect.ConnectContent;

/**
 * Gives bundles by their headers alone: enough to resolve them, not to run them. The only entries that can be read are
 * the manifest supplements of multi-release jars, made again of what the headers note of them.
 */
public final class HeaderShelf implements ContentShelf {
    private static final String VERSIONS = "META-INF/versions/";
    private static final String SUPPLEMENT = "OSGI-INF/MANIFEST.MF";

    private final Function<Digest, Map<String, String>> headers;

    /** Makes a shelf over a function that gives the main section of a content's manifest. */
    public HeaderShelf(Function<Digest, Map<String, String>> headers) {
        this.headers = headers;
    }

    @Override
    public ConnectContent content(Digest digest, String location) throws BundleException {
        Map<String, String> found = headers.apply(digest);
        if (found == null) {
            throw new BundleException("No headers are known of content " + digest + " of " + location);
        }
        return new HeaderContent(found);
    }

    private record HeaderContent(Map<String, String> known) implements ConnectContent {
        @Override
        public Optional<Map<String, String>> getHeaders() {
            Map<String, String> own = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            known.forEach((name, value) -> {
                if (name.indexOf('/') < 0) {
                    own.put(name, value);
                }
            });
            own.remove(Constants.BUNDLE_UPDATELOCATION);
            return Optional.of(own);
        }

        @Override
        public Iterable<String> getEntries() {
            return List.of();
        }

        @Override
        public Optional<ConnectEntry> getEntry(String path) {
            if (!path.startsWith(VERSIONS) || !path.endsWith(SUPPLEMENT)) {
                return Optional.empty();
            }
            String prefix = path.substring(0, path.length() - SUPPLEMENT.length());
            Manifest manifest = new Manifest();
            known.forEach((name, value) -> {
                if (name.startsWith(prefix)) {
                    manifest.getMainAttributes().putValue(name.substring(prefix.length()), value);
                }
            });
            return manifest.getMainAttributes().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Supplement(path, manifest));
        }

        @Override
        public Optional<ClassLoader> getClassLoader() {
            return Optional.empty();
        }

        @Override
        public void open() {
            // nothing to open
        }

        @Override
        public void close() {
            // nothing to close
        }
    }

    private record Supplement(String path, Manifest manifest) implements ConnectContent.ConnectEntry {
        @Override
        public String getName() {
            return path;
        }

        @Override
        public long getContentLength() {
            return getBytes().length;
        }

        @Override
        public long getLastModified() {
            return 0;
        }

        @Override
        public byte[] getBytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                manifest.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException("Writing to memory failed", e);
            }
            return bytes.toByteArray();
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(getBytes());
        }
    }
}
