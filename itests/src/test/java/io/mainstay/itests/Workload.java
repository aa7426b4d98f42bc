package io.mainstay.itests;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Change;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * A real system, as {@code workloads/NAME.lst} lists it; the build has fetched its jars.
 *
 * @param parts its bundles
 * @param frameworkProperties what its framework has to be told
 */
record Workload(List<Part> parts, Properties frameworkProperties) {
    /**
     * One bundle.
     *
     * @param artifact its artifact's id
     * @param jar where the build has put it
     * @param startLevel its start level
     */
    record Part(String artifact, Path jar, int startLevel) {}

    /** Reads a list, and the framework properties beside it if there are any. */
    static Workload read(String name) {
        Properties properties = new Properties();
        List<Part> parts = new ArrayList<>();
        try (InputStream list = resource(name + ".lst");
                InputStream beside = resource(name + ".properties")) {
            new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> parts.add(part(line)));
            if (beside != null) {
                properties.load(beside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Workload(parts, properties);
    }

    private static InputStream resource(String name) {
        return Workload.class.getResourceAsStream("/workloads/" + name);
    }

    private static Part part(String line) {
        String[] words = line.strip().split("[:\\s]+");
        Path jar = Path.of(System.getProperty("itests.workloads"), words[1] + "-" + words[2] + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is missing: the pom has to copy what the list names");
        }
        return new Part(words[1], jar, Integer.parseInt(words[3]));
    }

    /** {@return the bundle made of an artifact} */
    Path jar(String artifact) {
        return parts.stream()
                .filter(part -> part.artifact().equals(artifact))
                .findFirst()
                .orElseThrow()
                .jar();
    }

    /** Commits all of it as one generation to an embedded store; it may be there already. */
    GenerationRecord commitTo(String url) throws IOException {
        try (Mainstay mainstay = Mainstay.open(url)) {
            Change.Builder change = Change.by("itests").message("A whole system");
            for (Part part : parts) {
                change.add(mainstay.check(ContentSource.of(part.jar())), part.startLevel());
            }
            frameworkProperties
                    .stringPropertyNames()
                    .forEach(name -> change.frameworkProperty(name, frameworkProperties.getProperty(name)));
            mainstay.commit(change.build());
            return mainstay.store().history().head(Settings.DEFAULT_CHANNEL).orElseThrow();
        }
    }

    /** Writes a list that {@code deploy --from} reads; returns where it is. */
    Path writeList(Path file) throws IOException {
        return Files.write(
                file,
                parts.stream().map(part -> part.jar() + " " + part.startLevel()).toList());
    }
}
