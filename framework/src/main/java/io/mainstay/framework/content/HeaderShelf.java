package io.mainstay.framework.content;

import io.mainstay.store.Digest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.osgi.framework.BundleException;
import org.osgi.framework.connect.ConnectContent;

/** Gives bundles by their headers alone: enough to resolve them, not to run them. */
public final class HeaderShelf implements ContentShelf {
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
            own.putAll(known);
            return Optional.of(own);
        }

        @Override
        public Iterable<String> getEntries() {
            return List.of();
        }

        @Override
        public Optional<ConnectEntry> getEntry(String path) {
            return Optional.empty();
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
}
