package io.mainstay.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where tests write and listen. The build sets the temporary folder to one below {@code target}. */
public final class Work {
    private Work() {}

    /** {@return a folder of this name below the temporary folder, made if it is missing} */
    public static Path folder(String name) {
        try {
            return Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a port of the loopback address that was free a moment ago} */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
