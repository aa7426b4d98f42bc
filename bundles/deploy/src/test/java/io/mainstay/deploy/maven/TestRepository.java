package io.mainstay.deploy.maven;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Makes a Maven repository in a folder, checksums included. Files of artifacts hold their own names. */
final class TestRepository {
    private final Path folder;

    TestRepository(Path folder) {
        try {
            this.folder = Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the folder as a URL that Maven takes} */
    String url() {
        return "file://" + folder.toUri().getPath();
    }

    /** Adds {@code x.y:NAME:VERSION} with a POM and a jar. */
    TestRepository artifact(String name, String version) {
        return pom(name, version, "").file(name, version, ".jar");
    }

    /** Adds one more file beside the POM; {@code ending} is what comes after the version. */
    TestRepository file(String name, String version, String ending) {
        String path = path(name, version) + ending;
        write(path, path);
        return this;
    }

    /** Adds a POM; {@code more} stands in it as it is. */
    TestRepository pom(String name, String version, String more) {
        write(path(name, version) + ".pom", """
                <project><modelVersion>4.0.0</modelVersion>
                <groupId>x.y</groupId><artifactId>%s</artifactId><version>%s</version>%s</project>
                """.formatted(name, version, more));
        return this;
    }

    /** Adds the list of versions that ranges, LATEST and RELEASE are looked up in. */
    TestRepository versions(String name, List<String> versions) {
        String last = versions.get(versions.size() - 1);
        write("x/y/" + name + "/maven-metadata.xml", """
                <metadata><groupId>x.y</groupId><artifactId>%s</artifactId><versioning>
                <latest>%s</latest><release>%s</release><versions><version>%s</version></versions>
                </versioning></metadata>
                """.formatted(
                        name, last, last, String.join("</version><version>", versions)));
        return this;
    }

    /** Damages the jar of an artifact, so that its checksum is wrong. */
    TestRepository damage(String name, String version) {
        try {
            Files.writeString(folder.resolve(path(name, version) + ".jar"), "damaged");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private static String path(String name, String version) {
        return "x/y/" + name + "/" + version + "/" + name + "-" + version;
    }

    private void write(String path, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(path);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
            Files.writeString(
                    file.resolveSibling(file.getFileName() + ".sha1"),
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
