package io.mainstay.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Folders that only their owner may look into: they hold code, configuration and logs. */
final class PrivateFolder {
    private PrivateFolder() {}

    /** Makes a folder and its parents where they are missing; what is there already keeps its permissions. */
    static Path make(Path folder) {
        try {
            boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
            if (Files.isDirectory(folder)) {
                return folder;
            }
            return posix
                    ? Files.createDirectories(
                            folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
                    : Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make the folder " + folder + ": " + e, e);
        }
    }
}
