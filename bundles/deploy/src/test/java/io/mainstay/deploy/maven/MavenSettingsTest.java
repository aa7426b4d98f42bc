package io.mainstay.deploy.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import eu.maveniverse.maven.mima.context.ContextOverrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.maven.settings.Proxy;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MavenSettingsTest {
    private static final String PROFILES = """
            <settings><profiles>
              <profile>
                <id>first</id>
                <properties><server>files.invalid</server></properties>
                <repositories>
                  <repository><id>plain</id><url>https://${server}/plain/${unknown}</url></repository>
                </repositories>
              </profile>
              <profile>
                <id>second</id>
                <repositories>
                  <repository>
                    <id>strict</id><url>https://strict.invalid/</url>
                    <releases><checksumPolicy>fail</checksumPolicy><updatePolicy>always</updatePolicy></releases>
                    <snapshots><enabled>false</enabled></snapshots>
                  </repository>
                </repositories>
              </profile>
              <profile>
                <id>third</id>
                <repositories>
                  <repository><id>central</id><url>https://ours.invalid/</url></repository>
                </repositories>
              </profile>
            </profiles></settings>
            """;

    @TempDir
    private Path home;

    @Test
    void repositories_putsTheLastProfileFirstAndCentralLast() throws IOException {
        MavenSettings settings = read(PROFILES);

        assertThat(settings.repositories(List.of("first", "second")))
                .extracting(RemoteRepository::getId)
                .containsExactly("strict", "plain", ContextOverrides.CENTRAL.getId());
        assertThat(settings.repositories(List.of()))
                .extracting(RemoteRepository::getUrl)
                .containsExactly(ContextOverrides.CENTRAL.getUrl());
    }

    @Test
    void repositories_letsAProfileDefineCentralAnew() throws IOException {
        assertThat(read(PROFILES).repositories(List.of("third")))
                .extracting(RemoteRepository::getUrl)
                .containsExactly("https://ours.invalid/");
    }

    @Test
    void repositories_fillsInPropertiesOfProfiles() throws IOException {
        assertThat(read(PROFILES).repositories(List.of("first")).get(0).getUrl())
                .isEqualTo("https://files.invalid/plain/${unknown}");
    }

    @Test
    void repositories_keepsPolicies() throws IOException {
        List<RemoteRepository> repositories = read(PROFILES).repositories(List.of("first", "second"));

        assertThat(repositories.get(0).getPolicy(false)).isEqualTo(new RepositoryPolicy(true, "always", "fail"));
        assertThat(repositories.get(0).getPolicy(true)).isEqualTo(new RepositoryPolicy(false, "daily", "warn"));
        assertThat(repositories.get(1).getPolicy(true)).isEqualTo(new RepositoryPolicy(true, "daily", "warn"));
        assertThat(repositories.get(2).getPolicy(false)).isEqualTo(new RepositoryPolicy(true, "daily", "warn"));
        assertThat(repositories.get(2).getPolicy(true).isEnabled()).isFalse();
    }

    @Test
    void read_forgetsInactiveProxies() throws IOException {
        MavenSettings settings = read("""
                <settings><proxies>
                  <proxy><id>off</id><active>false</active><host>off.invalid</host></proxy>
                  <proxy><id>on</id><host>on.invalid</host></proxy>
                </proxies></settings>
                """);

        assertThat(settings.effective().getProxies()).extracting(Proxy::getId).containsExactly("on");
    }

    @Test
    void read_mergesUserOverInstallation() throws IOException {
        Path installation = home.resolve("maven");
        write(
                installation.resolve("conf/settings.xml"),
                PROFILES.replace("<profiles>", local("/global") + "<profiles>"));
        write(home.resolve(".m2/settings.xml"), "<settings>" + local("/user") + "</settings>");

        MavenSettings settings =
                MavenSettings.read(MavenOptions.DEFAULT, environment(Map.of()), Optional.of(installation));

        assertThat(settings.localRepository()).isEqualTo(Path.of("/user").toAbsolutePath());
        assertThat(settings.repositories(List.of("second"))).hasSize(2);
    }

    @Test
    void localRepository_optionsBeforePropertyBeforeSettingsBeforeDefault() throws IOException {
        String elsewhere = "<settings>" + local("${user.home}/elsewhere") + "</settings>";

        assertThat(read("<settings/>").localRepository()).isEqualTo(home.resolve(".m2/repository"));
        assertThat(read(elsewhere).localRepository()).isEqualTo(home.resolve("elsewhere"));
        MavenEnvironment property = environment(Map.of("MAVEN_OPTS", "-Dmaven.repo.local=" + home.resolve("property")));
        assertThat(MavenSettings.read(MavenOptions.DEFAULT, property, Optional.empty())
                        .localRepository())
                .isEqualTo(home.resolve("property"));
        MavenOptions options =
                MavenOptions.builder().localRepository(home.resolve("option")).build();
        assertThat(MavenSettings.read(options, property, Optional.empty()).localRepository())
                .isEqualTo(home.resolve("option"));
    }

    @Test
    void read_saysWhereAFileIsMalformed() {
        assertThatIOException()
                .isThrownBy(() -> read("<settings><offlin"))
                .withMessageStartingWith(
                        "Cannot read Maven's settings: Non-readable settings " + home.resolve(".m2/settings.xml"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void read_saysWhatARepositoryLacks() {
        assertThatIOException()
                .isThrownBy(() -> read("""
                                <settings><profiles><profile><id>p</id><repositories><repository><id>r</id></repository>
                                </repositories></profile></profiles></settings>
                                """))
                .withMessageContaining("'profiles.profile[p].repositories.repository.url' for r is missing");
    }

    @Test
    void read_missesAFileOnlyIfItIsNamed() throws IOException {
        MavenSettings none = MavenSettings.read(MavenOptions.DEFAULT, environment(Map.of()), Optional.of(home));
        assertThat(none.problems()).isEmpty();

        Path absent = home.resolve("absent.xml");
        MavenOptions user = MavenOptions.builder().userSettings(absent).build();
        assertThatIOException()
                .isThrownBy(() -> MavenSettings.read(user, environment(Map.of()), Optional.empty()))
                .withMessage("Cannot read Maven's settings: there is no file " + absent);
        MavenOptions global = MavenOptions.builder().globalSettings(absent).build();
        assertThatIOException()
                .isThrownBy(() -> MavenSettings.read(global, environment(Map.of()), Optional.empty()))
                .withMessageContaining("absent.xml");
    }

    private MavenSettings read(String userSettings) throws IOException {
        write(home.resolve(".m2/settings.xml"), userSettings);
        return MavenSettings.read(MavenOptions.DEFAULT, environment(Map.of()), Optional.empty());
    }

    private static String local(String folder) {
        return "<localRepository>" + folder + "</localRepository>";
    }

    private MavenEnvironment environment(Map<String, String> variables) {
        return MavenEnvironment.of(variables, Map.of("user.home", home.toString()));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
