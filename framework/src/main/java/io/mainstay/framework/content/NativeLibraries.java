package io.mainstay.framework.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thing that cannot be had without a file: the operating system loads libraries only from one. They go to
 * memory-backed files where the system has them ({@code /dev/shm}), else to the temporary folder; private to the user,
 * each under a fresh name, because the JVM loads a file into one class loader only. They are removed with the framework.
 */
final class NativeLibraries {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** Guarded by this. */
    private final List<Path> files = new ArrayList<>();

    synchronized String put(String library, byte[] bytes) throws IOException {
        Path folder = files.isEmpty() ? makeFolder() : files.get(0);
        if (files.isEmpty()) {
            files.add(folder);
        }
        // each in a folder of its own: a library that needs another one finds it by its file name
        Path own = Files.createDirectory(folder.resolve(String.valueOf(files.size())));
        own.toFile().deleteOnExit();
        files.add(own);
        Path file = own.resolve(Path.of(library).getFileName());
        Files.write(file, bytes);
        if (!file.toFile().setExecutable(true, true)) {
            LOG.debug("Cannot make {} executable; most systems do not ask for that", file);
        }
        file.toFile().deleteOnExit();
        files.add(file);
        return file.toString();
    }

    private static Path makeFolder() throws IOException {
        Path parent = Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        Path folder = parent.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? Files.createTempDirectory(
                        parent,
                        "mainstay-native-",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
                : Files.createTempDirectory(parent, "mainstay-native-");
        folder.toFile().deleteOnExit();
        return folder;
    }

    synchronized void clear() {
        for (int i = files.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(files.get(i));
            } catch (IOException e) {
                LOG.warn("Cannot remove {}; remove it by hand", files.get(i), e);
            }
        }
        files.clear();
    }
}
