package io.mainstay.deploy;

import io.mainstay.framework.deploy.RefusedChangeException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder that the build has made of the tool: {@code lib}, {@code shell}, {@code first-run}. */
final class Installation {
    private Installation() {}

    /** {@return a folder beside the one that this class's jar lies in} */
    static Path folder(String name) {
        try {
            Path own = Path.of(Installation.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path folder = own.getParent().resolveSibling(name);
            if (!Files.isDirectory(folder)) {
                throw new RefusedChangeException(
                        "This installation is not whole: " + folder + " is missing; build it with 'mvn package'");
            }
            return folder;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The place of this program is no file", e);
        }
    }
}
