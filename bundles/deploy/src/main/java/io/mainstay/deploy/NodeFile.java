package io.mainstay.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * How the tool finds a running node that owns an embedded store: a file beside the database, readable by its owner only,
 * with the address and password of the node's server. It is gone when the node has ended; one that was killed leaves it,
 * and then the process that it names is gone.
 *
 * @param node the node's name
 * @param pid its process
 * @param since when that process began, in milliseconds since 1970; tells it from a later one of the same number
 * @param url the address to use the store at
 * @param user the user to use it as
 * @param password the password of this run
 */
record NodeFile(String node, long pid, long since, String url, String user, String password) {
    private static final String PREFIX = "jdbc:derby:";

    /** {@return the file for the embedded store at a JDBC URL; empty for stores that are no folder of this machine} */
    static Optional<Path> pathFor(String url) {
        if (!url.toLowerCase(Locale.ROOT).startsWith(PREFIX)) {
            return Optional.empty();
        }
        String database = url.substring(PREFIX.length()).replaceAll(";.*", "").replaceFirst("^directory:", "");
        if (database.startsWith("//") || database.matches("(memory|classpath|jar):.*")) {
            return Optional.empty();
        }
        Path folder = Path.of(database).toAbsolutePath();
        return Optional.of(folder.resolveSibling(folder.getFileName() + ".node"));
    }

    static NodeFile of(String node, StoreOptions access) {
        ProcessHandle self = ProcessHandle.current();
        return new NodeFile(
                node,
                self.pid(),
                started(self),
                access.url(),
                access.user().orElse(""),
                access.password().orElse(""));
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** {@return the node that the file tells of, if its process is there} */
    static Optional<NodeFile> readAlive(Path file) {
        try {
            String text = Files.readString(file); // mostly there is none, and then nothing to make a parser for
            NodeFile found = new Gson().fromJson(text, NodeFile.class);
            return Optional.ofNullable(found).filter(NodeFile::alive);
        } catch (NoSuchFileException | CharacterCodingException | JsonSyntaxException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }

    private boolean alive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> !hasEnded(pid))
                .filter(process -> since == 0 || started(process) == 0 || Math.abs(started(process) - since) < 2_000)
                .isPresent();
    }

    /**
     * Whether a process has ended, and nobody has asked what came of it: Java takes that for one that lives. In a container it may
     * stay so for good, where nobody takes care of orphans.
     */
    private static boolean hasEnded(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"), StandardCharsets.ISO_8859_1);
            return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return false; // no Linux, or it has just gone, which Java will see
        }
    }

    StoreOptions access() {
        return StoreOptions.of(url).as(user, password).existing();
    }

    /** {@return who holds the store, for people} */
    String holder() {
        return "node " + node + " (process " + pid + (since == 0 ? "" : ", since " + Instant.ofEpochMilli(since)) + ")";
    }

    /** Writes the file, whole or not at all, so that nobody else can read it at any time. */
    void write(Path file) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path fresh = Files.createTempFile(file.getParent(), "node", ".tmp", attributes);
        Files.writeString(fresh, new Gson().toJson(this));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String toString() {
        return holder();
    }
}
