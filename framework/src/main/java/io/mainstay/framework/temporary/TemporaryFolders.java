package io.mainstay.framework.temporary;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders that go when nobody needs them any more, with the process at the latest. Thread-safe. */
public final class TemporaryFolders {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** Removed when the process ends, if nobody has done so before. */
    private static final Set<Path> LEFT = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LEFT.forEach(TemporaryFolders::remove)));
    }

    private TemporaryFolders() {}

    /** Makes a folder, which only this user can read. */
    public static Path make(String prefix) throws IOException {
        return kept(Files.createTempDirectory(prefix));
    }

    /** The same, in memory where the system has files there. It is for little. */
    public static Path makeInMemory(String prefix) throws IOException {
        return Files.isWritable(SHARED_MEMORY) ? kept(Files.createTempDirectory(SHARED_MEMORY, prefix)) : make(prefix);
    }

    private static Path kept(Path folder) {
        LEFT.add(folder);
        return folder;
    }

    /** Removes a folder with all that is in it; what cannot be removed is told to the log. */
    public static void remove(Path folder) {
        LEFT.remove(folder);
        try {
            Files.walkFileTree(folder, new Removal());
        } catch (IOException e) {
            LOG.warn("Cannot remove {}; remove it by hand", folder, e);
        }
    }

    /** At the end of the process two may remove the same: what is gone is gone. */
    private static final class Removal extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
            if (e != null && !(e instanceof NoSuchFileException)) {
                throw e;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
        }
    }
}
