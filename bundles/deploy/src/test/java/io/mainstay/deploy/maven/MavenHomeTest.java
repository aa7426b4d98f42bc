package io.mainstay.deploy.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MavenHomeTest {
    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void followLinks() throws IOException {
        // /tmp is a link itself on some systems
        folder = temporary.toRealPath();
    }

    @Test
    void find_followsLinksFromPathToTheInstallation() throws IOException {
        Path home = installation(folder.resolve("share/maven"));
        Path bin = Files.createDirectories(folder.resolve("usr/bin"));
        Path alternative = Files.createSymbolicLink(folder.resolve("alternative"), home.resolve("bin/mvn"));
        Files.createSymbolicLink(bin.resolve("mvn"), alternative);

        assertThat(MavenHome.find(path("/no/such/folder", bin.toString()))).contains(home);
    }

    @Test
    void find_takesTheFirstInstallationOnPath() throws IOException {
        Path first = installation(folder.resolve("first"));
        Path second = installation(folder.resolve("second"));
        Path wrapper = Files.createDirectories(folder.resolve("wrapper/bin"));
        Files.createFile(wrapper.resolve("mvn"));

        assertThat(MavenHome.find(path(
                        wrapper.toString(),
                        "",
                        first.resolve("bin").toString(),
                        second.resolve("bin").toString())))
                .contains(first);
    }

    @Test
    void find_knowsHomebrew() throws IOException {
        Path cellar = folder.resolve("cellar");
        Path home = installation(cellar.resolve("libexec"));
        Files.createDirectories(cellar.resolve("bin"));
        Files.createFile(cellar.resolve("bin/mvn"));

        assertThat(MavenHome.find(path(cellar.resolve("bin").toString()))).contains(home);
    }

    @Test
    void find_prefersWhatIsNamed() throws IOException {
        Path onPath = installation(folder.resolve("path"));
        Path variable = Files.createDirectories(folder.resolve("variable"));
        Path property = Files.createDirectories(folder.resolve("property"));
        Map<String, String> variables = Map.of(
                "MAVEN_HOME", variable.toString(), "PATH", onPath.resolve("bin").toString());

        assertThat(MavenHome.find(MavenEnvironment.of(variables, Map.of("maven.home", property.toString()))))
                .contains(property);
        assertThat(MavenHome.find(MavenEnvironment.of(variables, Map.of("maven.home", "/no/such/folder"))))
                .contains(variable);
    }

    @Test
    void find_withoutMaven_isEmpty() {
        assertThat(MavenHome.find(MavenEnvironment.of(Map.of(), Map.of()))).isEmpty();
        assertThat(MavenHome.find(path("", "\0", folder.toString()))).isEmpty();
    }

    private static Path installation(Path home) throws IOException {
        for (String name : new String[] {"bin", "boot", "conf"}) {
            Files.createDirectories(home.resolve(name));
        }
        Files.createFile(home.resolve("bin/mvn"));
        return home;
    }

    private static MavenEnvironment path(String... folders) {
        return MavenEnvironment.of(Map.of("PATH", String.join(File.pathSeparator, folders)), Map.of());
    }
}
