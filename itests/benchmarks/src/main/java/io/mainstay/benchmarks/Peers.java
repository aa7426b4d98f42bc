package io.mainstay.benchmarks;

import io.mainstay.deploy.maven.MavenArtifacts;
import io.mainstay.deploy.maven.TransferProgress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is measured beside us, and on: fetched from Maven Central by coordinates. */
final class Peers implements AutoCloseable {
    static final String FELIX_VERSION = "7.0.5";
    static final String FILE_INSTALL_VERSION = "3.7.4";
    static final String KARAF_VERSION = "4.4.10";

    private final MavenArtifacts artifacts;

    /** A bundle of the workload. */
    record Part(String group, String artifact, String version, Path jar, int startLevel) {}

    private Peers(MavenArtifacts artifacts) {
        this.artifacts = artifacts;
    }

    static Peers open() throws IOException {
        return new Peers(MavenArtifacts.open(Optional.empty(), TransferProgress.NONE));
    }

    Path felix() throws IOException {
        return artifacts.resolve("mvn:org.apache.felix/org.apache.felix.main/" + FELIX_VERSION);
    }

    Path fileInstall() throws IOException {
        return artifacts.resolve("mvn:org.apache.felix/org.apache.felix.fileinstall/" + FILE_INSTALL_VERSION);
    }

    Path karaf() throws IOException {
        return artifacts.resolve("mvn:org.apache.karaf/apache-karaf/" + KARAF_VERSION + "/tar.gz");
    }

    /** {@return the bundles of the workload with a web server and a console: group, artifact, version and level a line} */
    List<Part> workload() throws IOException {
        List<Part> parts = new ArrayList<>();
        try (InputStream in = Peers.class.getResourceAsStream("/workloads/console.lst")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(one -> !one.isBlank() && !one.startsWith("#"))
                    .toList()) {
                String[] words = line.strip().split("[:\\s]+");
                Path jar = artifacts.resolve("mvn:" + words[0] + "/" + words[1] + "/" + words[2]);
                parts.add(new Part(words[0], words[1], words[2], jar, Integer.parseInt(words[3])));
            }
        }
        return parts;
    }

    /** {@return the bytes of all bundles of the workload} */
    static long bytes(List<Part> parts) throws IOException {
        long sum = 0;
        for (Part part : parts) {
            sum += Files.size(part.jar());
        }
        return sum;
    }

    @Override
    public void close() {
        artifacts.close();
    }
}
