package io.mainstay.framework.content;

import io.mainstay.framework.temporary.TemporaryFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thing that cannot be had without a file: the operating system loads libraries only from one. They go to
 * memory-backed files where the system has them ({@code /dev/shm}), else to the temporary folder; private to the user,
 * each under a fresh name, because the JVM loads a file into one class loader only. They are removed with the framework.
 */
final class NativeLibraries {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

    /** Null as long as there is none. Guarded by this. */
    private Path folder;

    synchronized String put(String library, byte[] bytes) throws IOException {
        if (folder == null) {
            folder = TemporaryFolders.makeInMemory("mainstay-native-");
        }
        // each in a folder of its own: a library that needs another one finds it by its file name
        Path file =
                Files.createTempDirectory(folder, "").resolve(Path.of(library).getFileName());
        Files.write(file, bytes);
        if (!file.toFile().setExecutable(true, true)) {
            LOG.debug("Cannot make {} executable; most systems do not ask for that", file);
        }
        return file.toString();
    }

    synchronized void clear() {
        if (folder != null) {
            TemporaryFolders.remove(folder);
            folder = null;
        }
    }
}
