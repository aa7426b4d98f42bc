package io.mainstay.framework;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes folders that nobody needs any more. */
final class TemporaryFolders {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);

    /** Removed when the process ends, if nobody has done so before. */
    private static final Set<Path> LEFT = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LEFT.forEach(TemporaryFolders::remove)));
    }

    private TemporaryFolders() {}

    /** Makes a folder that is removed at the end of the process at the latest. */
    static Path make(String prefix) throws IOException {
        Path folder = Files.createTempDirectory(prefix);
        LEFT.add(folder);
        return folder;
    }

    /** Removes a folder with all that is in it; what cannot be removed is told to the log. */
    static void remove(Path folder) {
        LEFT.remove(folder);
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("Cannot remove {}; remove it by hand", folder, e);
        }
    }
}
