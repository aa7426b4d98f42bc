package io.mainstay.store.jdbc;

import io.mainstay.store.StoreException;
import io.mainstay.store.spi.Milestone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an embedded database in a folder of another name, and renames it when its tables are there. Derby itself leaves a
 * folder that nobody can open, if its process ends while it makes one. Of two that make the same, the first to rename
 * wins, and the other uses that.
 */
final class DerbyBirth {
    private static final Logger LOG = LoggerFactory.getLogger(DerbyBirth.class);
    private static final String PREFIX = "jdbc:derby:";
    private static final String MARK = ".new-";

    private final Path folder;
    private final String attributes;

    private DerbyBirth(Path folder, String attributes) {
        this.folder = folder;
        this.attributes = attributes;
    }

    /** {@return how to make the database at a URL; empty if it is there, or is no folder} */
    static Optional<DerbyBirth> of(String url) {
        String rest = url.substring(PREFIX.length());
        String database = rest.replaceFirst(";.*", "").replaceFirst("(?i)^directory:", "");
        if (database.startsWith("//") || database.toLowerCase(Locale.ROOT).matches("(memory|classpath|jar):.*")) {
            return Optional.empty();
        }
        Path home = Path.of(System.getProperty("derby.system.home", ""));
        Path folder = home.resolve(database).toAbsolutePath().normalize();
        return Files.exists(folder.resolve("service.properties"))
                ? Optional.empty()
                : Optional.of(new DerbyBirth(folder, rest.substring(rest.length() - attributesLength(rest))));
    }

    private static int attributesLength(String rest) {
        int semicolon = rest.indexOf(';');
        return semicolon < 0 ? 0 : rest.length() - semicolon;
    }

    /** Makes the database; {@code fill} is given the URL of a fresh one, makes it, fills it and shuts it down. */
    void make(Consumer<String> fill) {
        removeLeftovers();
        Path fresh = folder.resolveSibling(
                folder.getFileName() + MARK + ProcessHandle.current().pid());
        try {
            Files.createDirectories(folder.getParent());
            fill.accept(PREFIX + fresh + attributes);
            if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwx------"));
            }
            Milestone.DATABASE_FILLED.reached();
            take(fresh);
            Milestone.DATABASE_NAMED.reached();
        } catch (IOException e) {
            throw new StoreException("Cannot make a store at " + folder + ": " + e, e);
        } finally {
            remove(fresh);
        }
    }

    private void take(Path fresh) throws IOException {
        try {
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.exists(folder.resolve("service.properties"))) {
                throw new StoreException(
                        "Cannot make a store at " + folder + ": the folder is there already, and is no database; name"
                                + " another, or remove it",
                        e);
            }
        }
    }

    /** What processes have left that ended while they made one. */
    private void removeLeftovers() {
        String begin = folder.getFileName() + MARK;
        if (!Files.isDirectory(folder.getParent())) {
            return;
        }
        try (Stream<Path> siblings = Files.list(folder.getParent())) {
            siblings.filter(path -> path.getFileName().toString().startsWith(begin))
                    .filter(path -> ended(path.getFileName().toString().substring(begin.length())))
                    .forEach(DerbyBirth::remove);
        } catch (IOException e) {
            LOG.warn("Cannot look for leftovers in {}", folder.getParent(), e);
        }
    }

    private static boolean ended(String pid) {
        try {
            return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static void remove(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("Cannot remove {}; remove it by hand", path, e);
        }
    }
}
