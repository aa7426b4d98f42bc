package io.mainstay.deploy.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MavenEnvironmentTest {

    @Test
    void of_takesDefinitionsOfMavenOpts() {
        MavenEnvironment environment = MavenEnvironment.of(
                Map.of("MAVEN_OPTS", "-Xmx1g -Dmaven.repo.local=\"/a b/c\" -Dquiet='' -Dflag= -Dtwice=opts"),
                Map.of("twice", "system"));

        assertThat(environment.properties())
                .containsOnly(
                        entry("maven.repo.local", "/a b/c"),
                        entry("quiet", ""),
                        entry("flag", ""),
                        entry("twice", "system"));
    }

    @Test
    void references_namesVariablesAsSettingsDo() {
        assertThat(MavenEnvironment.of(Map.of("USER", "u"), Map.of("user.home", "/home/u"))
                        .references())
                .containsOnly(entry("env.USER", "u"), entry("user.home", "/home/u"));
    }

    @Test
    void current_knowsTheUsersHome() {
        assertThat(MavenEnvironment.current().userFolder())
                .isEqualTo(Path.of(System.getProperty("user.home"), ".m2").toAbsolutePath());
    }
}
