package org.apache.felix.framework;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.framework.cache.Content;
import org.osgi.framework.Constants;

/**
 * Makes URLs of one revision's resources that lead to the same bytes as long as somebody holds them. They look as
 * Felix's do and open as Felix's do while the wiring is in use; but Felix's lead to the bundle's next revision after a
 * reset, silently. They keep the content, not the class loader. Thread-safe.
 */
final class RevisionUrls extends URLHandlersBundleStreamHandler {
    private final BundleWiringImpl wiring;
    private final List<Content> contentPath;
    private final Content content;
    private final String host;

    RevisionUrls(Felix felix, BundleRevisionImpl revision, BundleWiringImpl wiring, RememberedWiring remembered) {
        super(felix, BundleRevisionImpl.getSecureAction());
        this.wiring = wiring;
        contentPath = remembered.contentPath();
        content = remembered.contents().get(0);
        host = felix._getProperty(Constants.FRAMEWORK_UUID) + "_" + revision.getId();
    }

    /** {@return the URL, if it is one of this revision, as one that lasts; any other as it is, null too} */
    URL lasting(URL url) {
        if (url == null || !"bundle".equals(url.getProtocol()) || !host.equals(url.getHost())) {
            return url;
        }
        try {
            return new URL(null, url.toExternalForm(), this);
        } catch (MalformedURLException e) {
            throw new IllegalStateException(url + " was a URL, and is not when it is parsed again", e);
        }
    }

    /** {@return the URLs of all entries of this name on the class path} */
    List<URL> of(String name) {
        String entry = name.startsWith("/") ? name.substring(1) : name;
        List<URL> found = new ArrayList<>();
        for (int i = 0; i < contentPath.size(); i++) {
            Content content = contentPath.get(i);
            if (name.equals("/")) {
                found.add(of(i, ""));
            } else if (has(content, entry)) {
                found.add(of(i, content.isDirectory(entry) && !entry.endsWith("/") ? entry + "/" : entry));
            }
        }
        return found;
    }

    /** Content past the store is a file that Felix has closed by now. */
    private static boolean has(Content content, String entry) {
        try {
            return !entry.isEmpty() && content.hasEntry(entry);
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    private URL of(int element, String entry) {
        try {
            return new URL(null, "bundle://" + host + ":" + (element + 1) + "/" + entry, this);
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("There is no URL of " + entry, e);
        }
    }

    @Override
    protected URLConnection openConnection(URL url) throws IOException {
        if (wiring.isInUse()) {
            try {
                return super.openConnection(url);
            } catch (IOException | RuntimeException e) {
                if (wiring.isInUse()) {
                    throw e;
                }
            }
        }
        return find(url);
    }

    /** Felix looks at the path with what comes behind it first, because entries may have {@code #} in their names. */
    private URLConnection find(URL url) throws IOException {
        String text = url.toExternalForm();
        String full = text.substring(text.indexOf(url.getPath(), text.indexOf(url.getHost())));
        for (String path : List.of(full, url.getPath())) {
            String name = path.startsWith("/") ? path.substring(1) : path;
            Content own = url.getPort() > 0 && url.getPort() <= contentPath.size()
                    ? contentPath.get(url.getPort() - 1)
                    : content;
            if (has(own, name)) {
                return new Connection(url, own, name);
            }
            for (Content other : contentPath) {
                if (has(other, name)) {
                    return new Connection(url, other, name);
                }
            }
        }
        throw new FileNotFoundException("Resource does not exist: " + url);
    }

    /** Reads one entry. Not thread-safe, as connections are. */
    private static final class Connection extends URLConnection {
        private final Content content;
        private final String name;
        private InputStream in;
        private int length;

        Connection(URL url, Content content, String name) {
            super(url);
            this.content = content;
            this.name = name;
        }

        @Override
        public void connect() throws IOException {
            if (!connected) {
                in = content.getEntryAsStream(name);
                length = in == null ? 0 : in.available();
                connected = true;
            }
        }

        @Override
        public InputStream getInputStream() throws IOException {
            connect();
            return in;
        }

        @Override
        public int getContentLength() {
            return (int) getContentLengthLong();
        }

        @Override
        public long getContentLengthLong() {
            try {
                connect();
                return length;
            } catch (IOException e) {
                return -1;
            }
        }

        @Override
        public long getLastModified() {
            return Math.max(0, content.getContentTime(name));
        }

        @Override
        public String getContentType() {
            return guessContentTypeFromName(name);
        }
    }
}
