package io.mainstay.deploy.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the folder where Maven is installed, whose {@code conf/settings.xml} holds for all users of the machine. */
final class MavenHome {
    private static final List<String> PROGRAMS = List.of("mvn", "mvn.cmd");

    private MavenHome() {}

    /**
     * Finds Maven's home: the property {@code maven.home}, else the variable {@code MAVEN_HOME}, if they name folders;
     * else the installation that the first {@code mvn} on {@code PATH} belongs to.
     */
    static Optional<Path> find(MavenEnvironment environment) {
        Map<String, String> variables = environment.variables();
        Stream<Path> named = Stream.of(environment.properties().get("maven.home"), variables.get("MAVEN_HOME"))
                .filter(Objects::nonNull)
                .flatMap(name -> path(name).stream())
                .filter(Files::isDirectory)
                .map(Path::toAbsolutePath);
        // Windows writes it Path
        String path = variables.getOrDefault("PATH", variables.getOrDefault("Path", ""));
        Stream<Path> installed = Stream.of(path.split(Pattern.quote(File.pathSeparator)))
                .flatMap(folder -> path(folder).stream())
                .flatMap(folder -> PROGRAMS.stream().map(folder::resolve))
                .filter(Files::isRegularFile)
                .flatMap(program -> installation(program).stream());
        return Stream.concat(named, installed).findFirst();
    }

    /** Follows links: {@code /usr/bin/mvn} leads over {@code /etc/alternatives} to {@code /usr/share/maven/bin/mvn}. */
    private static Optional<Path> installation(Path program) {
        Optional<Path> folder;
        try {
            folder = Optional.ofNullable(program.toRealPath().getParent()).map(Path::getParent);
        } catch (IOException e) {
            // gone since, or not ours to read: as good as no mvn there
            return Optional.empty();
        }
        // Homebrew's bin/mvn is a script beside libexec, the real home
        return folder.stream()
                .flatMap(home -> Stream.of(home, home.resolve("libexec")))
                .filter(home -> Files.isDirectory(home.resolve("conf")) && Files.isDirectory(home.resolve("boot")))
                .findFirst();
    }

    private static Optional<Path> path(String name) {
        try {
            return name.isBlank() ? Optional.empty() : Optional.of(Path.of(name));
        } catch (InvalidPathException e) {
            // people's PATH has all kinds of entries; a shell passes over them too
            return Optional.empty();
        }
    }
}
