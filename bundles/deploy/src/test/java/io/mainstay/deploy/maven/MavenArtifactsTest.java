package io.mainstay.deploy.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything comes from folders: the settings put one in Central's place. */
class MavenArtifactsTest {
    @TempDir
    private Path home;

    private TestRepository releases;
    private TestRepository central;

    @BeforeEach
    void makeRepositories() {
        releases = new TestRepository(home.resolve("releases"));
        central = new TestRepository(home.resolve("central"));
    }

    @Test
    void resolve_copiesFromAProfilesRepositoryToTheLocalOne() throws IOException {
        releases.artifact("one", "1.0");
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            Path file = artifacts.resolve("mvn:x.y/one/1.0");

            assertThat(file)
                    .isEqualTo(home.resolve(".m2/repository/x/y/one/1.0/one-1.0.jar"))
                    .hasContent("x/y/one/1.0/one-1.0.jar");
            assertThat(artifacts.warnings()).isEmpty();
            assertThat(artifacts.repositories())
                    .containsExactly("releases (" + releases.url() + ")", "central (" + central.url() + ")");
        }
    }

    @Test
    void resolve_keepsFilesWhereSettingsSay() throws IOException {
        releases.artifact("one", "1.0");
        String settings = settings("warn")
                .replace("<profiles>", "<localRepository>${user.home}/elsewhere</localRepository><profiles>");
        try (MavenArtifacts artifacts = open(settings, MavenOptions.DEFAULT)) {
            assertThat(artifacts.localRepository()).isEqualTo(home.resolve("elsewhere"));
            assertThat(artifacts.resolve("x.y:one:1.0"))
                    .isEqualTo(home.resolve("elsewhere/x/y/one/1.0/one-1.0.jar"))
                    .exists();
        }
    }

    @Test
    void resolve_readsSettingsOfTheMavenOnPath() throws IOException {
        releases.artifact("one", "1.0");
        Path maven = home.resolve("maven");
        Files.createDirectories(maven.resolve("bin"));
        Files.createDirectories(maven.resolve("boot"));
        Files.createFile(maven.resolve("bin/mvn"));
        write(maven.resolve("conf/settings.xml"), settings("warn"));
        MavenEnvironment environment = MavenEnvironment.of(
                Map.of("PATH", maven.resolve("bin").toString()), Map.of("user.home", home.toString()));
        try (MavenArtifacts artifacts = MavenArtifacts.open(MavenOptions.DEFAULT, environment, TransferProgress.NONE)) {
            assertThat(artifacts.resolve("x.y:one:1.0")).exists();
        }
    }

    @Test
    void resolve_knowsTypesAndClassifiers() throws IOException {
        releases.artifact("one", "1.0").file("one", "1.0", "-sources.jar").file("one", "1.0", "-doc.zip");
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("mvn:x.y/one/1.0/pom")).hasFileName("one-1.0.pom");
            assertThat(artifacts.resolve("mvn:x.y/one/1.0/java-source")).hasFileName("one-1.0-sources.jar");
            assertThat(artifacts.resolve("x.y:one:zip:doc:1.0")).hasFileName("one-1.0-doc.zip");
        }
    }

    @Test
    void resolve_takesTheHighestOfARange() throws IOException {
        releases.artifact("one", "1.0").artifact("one", "1.9").artifact("one", "2.0");
        releases.versions("one", List.of("1.0", "1.9", "2.0"));
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("x.y:one:[1,2)")).hasFileName("one-1.9.jar");
            assertThat(artifacts.resolve("x.y:one:LATEST")).hasFileName("one-2.0.jar");
            assertThat(artifacts.resolve("mvn:x.y/one/RELEASE")).hasFileName("one-2.0.jar");
            assertUnresolved(
                    artifacts,
                    "x.y:one:[9,)",
                    "Cannot resolve x.y:one: no version in range [9,) was found in " + places(artifacts));
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:one:[9"))
                    .withMessageStartingWith("Cannot resolve x.y:one:jar:[9: ");
        }
    }

    @Test
    void resolve_takesSnapshotsWhereSettingsAreSilent() throws IOException {
        releases.artifact("one", "1-SNAPSHOT");
        MavenOptions update = MavenOptions.builder().update().build();
        try (MavenArtifacts artifacts = open(settings("warn"), update)) {
            assertThat(artifacts.resolve("x.y:one:1-SNAPSHOT")).hasFileName("one-1-SNAPSHOT.jar");
        }
    }

    @Test
    void resolve_followsRelocations() throws IOException {
        String moved = "<distributionManagement><relocation><artifactId>%s</artifactId></relocation>"
                + "</distributionManagement>";
        releases.pom("old", "1.0", moved.formatted("new")).artifact("new", "1.0");
        releases.pom("lost", "1.0", moved.formatted("gone")).pom("gone", "1.0", "");
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("x.y:old:1.0")).hasFileName("new-1.0.jar");
            assertUnresolved(
                    artifacts,
                    "x.y:lost:1.0",
                    "Cannot resolve x.y:gone:jar:1.0 (relocated from x.y:lost:jar:1.0): it was not found in "
                            + places(artifacts));
        }
    }

    @Test
    void resolve_ofWhatIsNowhere_namesTheRepositories() throws IOException {
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertUnresolved(
                    artifacts,
                    "mvn:no.such/thing/1",
                    "Cannot resolve no.such:thing:jar:1: it was not found in releases (" + releases.url()
                            + "), central (" + central.url() + ") or the local repository "
                            + home.resolve(".m2/repository"));
        }
    }

    @Test
    void resolve_asksAgainForWhatWasMissing() throws IOException {
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:late:1.0"));
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:later:1.0"));
            releases.artifact("late", "1.0").artifact("later", "1.0");
            assertThat(artifacts.resolve("x.y:late:1.0")).exists();
        }
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("x.y:later:1.0")).exists();
        }
    }

    @Test
    void resolve_offline_asksOnlyTheLocalRepository() throws IOException {
        releases.artifact("one", "1.0").artifact("two", "1.0");
        try (MavenArtifacts online = open(settings("warn"), MavenOptions.DEFAULT)) {
            online.resolve("x.y:one:1.0");
        }
        String offline = settings("warn").replace("<profiles>", "<offline>true</offline><profiles>");
        try (MavenArtifacts artifacts = open(offline, MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("x.y:one:1.0")).exists();
            assertUnresolved(
                    artifacts,
                    "x.y:two:1.0",
                    "Cannot resolve x.y:two:jar:1.0 offline: it was not found in the local repository "
                            + home.resolve(".m2/repository") + " (not asked: releases (" + releases.url()
                            + "), central (" + central.url() + "))");
        }
    }

    @Test
    void resolve_offlineOptionGoesBeforeSettings() throws IOException {
        releases.artifact("one", "1.0");
        MavenOptions offline = MavenOptions.builder().offline(true).build();
        try (MavenArtifacts artifacts = open(settings("warn"), offline)) {
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:one:1.0"))
                    .withMessageStartingWith("Cannot resolve x.y:one:jar:1.0 offline: ");
        }
        String settings = settings("warn").replace("<profiles>", "<offline>true</offline><profiles>");
        MavenOptions online = MavenOptions.builder().offline(false).build();
        try (MavenArtifacts artifacts = open(settings, online)) {
            assertThat(artifacts.resolve("x.y:one:1.0")).exists();
        }
    }

    @Test
    void resolve_refusesABadChecksumUnderPolicyFail() throws IOException {
        releases.artifact("one", "1.0").damage("one", "1.0");
        try (MavenArtifacts artifacts = open(settings("fail"), MavenOptions.DEFAULT)) {
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:one:1.0"))
                    .withMessageMatching("Cannot resolve x\\.y:one:jar:1\\.0: releases \\(.*\\): "
                            + "bad checksum: expected [0-9a-f]{40} but it is [0-9a-f]{40}");
            assertThat(home.resolve(".m2/repository/x/y/one/1.0/one-1.0.jar")).doesNotExist();
        }
    }

    @Test
    void resolve_warnsOnceOfABadChecksumUnderPolicyWarn() throws IOException {
        releases.artifact("one", "1.0").damage("one", "1.0");
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.resolve("x.y:one:1.0")).hasContent("damaged");
            assertThat(artifacts.warnings())
                    .singleElement()
                    .asString()
                    .startsWith("Bad checksum of x/y/one/1.0/one-1.0.jar from " + releases.url() + ": ");
        }
    }

    @Test
    void resolve_saysWhatFailedRatherThanWhatIsMissing() throws IOException {
        String settings = settings("warn").replace(releases.url(), "odd://user:secret@host/");
        try (MavenArtifacts artifacts = open(settings, MavenOptions.DEFAULT)) {
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("x.y:one:1.0"))
                    .withMessageStartingWith("Cannot resolve x.y:one:jar:1.0: releases (odd://…@host/): ")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret", "central"));
        }
    }

    @Test
    void resolve_goesThroughMirrors() throws IOException {
        TestRepository mirrored = new TestRepository(home.resolve("mirror")).artifact("one", "1.0");
        String mirror = "<mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>%s</url></mirror></mirrors><profiles>"
                .formatted(mirrored.url());
        try (MavenArtifacts artifacts = open(settings("warn").replace("<profiles>", mirror), MavenOptions.DEFAULT)) {
            assertThat(artifacts.repositories()).singleElement().asString().startsWith("m (");
            assertThat(artifacts.resolve("x.y:one:1.0")).exists();
        }
    }

    @Test
    void resolve_saysWhatIsNoCoordinate() throws IOException {
        try (MavenArtifacts artifacts = open(settings("warn"), MavenOptions.DEFAULT)) {
            assertThatExceptionOfType(UnresolvedArtifactException.class)
                    .isThrownBy(() -> artifacts.resolve("mvn:x.y/one"))
                    .withMessageStartingWith("Not a Maven coordinate: 'mvn:x.y/one'; write mvn:GROUP/");
        }
    }

    @Test
    void open_switchesProfiles() throws IOException {
        String inactive = settings("warn").replaceFirst("<activeByDefault>true", "<activeByDefault>false");
        MavenOptions on = MavenOptions.builder().profiles("ours").build();
        try (MavenArtifacts artifacts = open(inactive, on)) {
            assertThat(artifacts.repositories()).hasSize(2);
        }
        MavenOptions off = MavenOptions.builder().profiles("!ours", "+other").build();
        try (MavenArtifacts artifacts = open(settings("warn"), off)) {
            assertThat(artifacts.repositories())
                    .singleElement()
                    .asString()
                    .startsWith("central (")
                    .isNotEqualTo("central (" + central.url() + ")");
        }
    }

    @Test
    void open_warnsOfPasswordsThatItCannotDecrypt() throws IOException {
        String server =
                "<servers><server><id>s</id><password>{bm90IGVuY3J5cHRlZCBieSB1cw==}</password></server></servers>";
        try (MavenArtifacts artifacts =
                open(settings("warn").replace("<profiles>", server + "<profiles>"), MavenOptions.DEFAULT)) {
            assertThat(artifacts.warnings())
                    .singleElement()
                    .asString()
                    .contains("decrypt password for server s")
                    .doesNotContain("\n", "bm90");
        }
    }

    @Test
    void progress_endsWithTheWholeFile() throws IOException {
        releases.artifact("one", "1.0");
        record Call(String what, long bytes, long total) {}
        List<Call> calls = new CopyOnWriteArrayList<>();
        try (MavenArtifacts artifacts = open(
                settings("warn"),
                MavenOptions.DEFAULT,
                (what, bytes, totalOrMinusOne) -> calls.add(new Call(what, bytes, totalOrMinusOne)))) {
            long size = Files.size(artifacts.resolve("x.y:one:1.0"));

            assertThat(calls).last().isEqualTo(new Call("one-1.0.jar", size, size));
            assertThat(calls).first().isEqualTo(new Call("one-1.0.jar", 0, size));
        }
    }

    private MavenArtifacts open(String userSettings, MavenOptions options) throws IOException {
        return open(userSettings, options, TransferProgress.NONE);
    }

    private MavenArtifacts open(String userSettings, MavenOptions options, TransferProgress progress)
            throws IOException {
        write(home.resolve(".m2/settings.xml"), userSettings);
        MavenEnvironment environment = MavenEnvironment.of(Map.of(), Map.of("user.home", home.toString()));
        return MavenArtifacts.open(options, environment, progress);
    }

    /** {@return settings with both repositories, the releases' with this checksum policy} */
    private String settings(String checksumPolicy) {
        return """
                <settings><profiles><profile>
                  <id>ours</id>
                  <activation><activeByDefault>true</activeByDefault></activation>
                  <properties><where>%s</where></properties>
                  <repositories>
                    <repository>
                      <id>releases</id><url>${where}</url>
                      <releases><checksumPolicy>%s</checksumPolicy></releases>
                    </repository>
                    <repository><id>central</id><url>%s</url></repository>
                  </repositories>
                </profile></profiles></settings>
                """.formatted(releases.url(), checksumPolicy, central.url());
    }

    private static String places(MavenArtifacts artifacts) {
        return String.join(", ", artifacts.repositories()) + " or the local repository " + artifacts.localRepository();
    }

    private static void assertUnresolved(MavenArtifacts artifacts, String coordinate, String message) {
        assertThatExceptionOfType(UnresolvedArtifactException.class)
                .isThrownBy(() -> artifacts.resolve(coordinate))
                .withMessage(message)
                .satisfies(e -> assertThat(e.coordinate()).isEqualTo(coordinate));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
