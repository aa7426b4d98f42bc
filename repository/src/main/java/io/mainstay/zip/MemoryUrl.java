package io.mainstay.zip;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;

/** URLs of bytes in memory: the JDK finds services by them. */
public final class MemoryUrl {
    private MemoryUrl() {}

    /** {@return a URL of bytes, which are not to be changed} */
    @SuppressWarnings("deprecation") // the constructor's successor is not in Java 17
    public static URL of(String name, byte[] bytes) {
        try {
            return new URL("memory", "", -1, "/" + name, new Handler(bytes));
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    private static final class Handler extends URLStreamHandler {
        private final byte[] bytes;

        Handler(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    // it is there
                }

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(bytes);
                }
            };
        }
    }
}
