package io.mainstay.deploy.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MavenCoordinateTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "mvn:g.h/a-b/1.0 g.h:a-b:jar:1.0",
                "mvn:g/a/1.0/pom g:a:pom:1.0",
                "mvn:g/a/1.0/tar.gz/linux-x86_64 g:a:tar.gz:linux-x86_64:1.0",
                "mvn:g/a/1.0//sources g:a:jar:sources:1.0",
                "mvn:g/a/[1,2) g:a:jar:[1,2)",
                "g:a:1.0-SNAPSHOT g:a:jar:1.0-SNAPSHOT",
                "g:a:LATEST g:a:jar:LATEST",
                "g:a:pom:1.0 g:a:pom:1.0",
                "g:a:jar:sources:1.0 g:a:jar:sources:1.0",
                "g:a::sources:1.0 g:a:jar:sources:1.0",
                "g:a:(,2] g:a:jar:(,2]",
            })
    void parse_readsBothForms(String text, String coordinate) {
        assertThat(MavenCoordinate.parse(text)).hasToString(coordinate);
        assertThat(MavenArtifacts.isCoordinate(text)).isTrue();
    }

    @Test
    void parse_tellsTheParts() {
        assertThat(MavenCoordinate.parse("mvn:x.y/one/[1.0, 2)/zip/doc"))
                .isEqualTo(new MavenCoordinate("x.y", "one", "[1.0, 2)", "zip", "doc"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "greeter.jar",
                "greeter",
                "target/greeter-1.0.jar",
                "/opt/bundles/greeter.jar",
                "../a:b:c",
                "C:\\bundles\\greeter.jar",
                "C:greeter.jar",
                "C:/bundles/greeter.jar",
                "c:/a:b:c",
                "file:/tmp/greeter.jar",
                "file:///tmp/a:b:1.0",
                "https://example.org:8080/a:b:c.jar",
                "jar:file:/tmp/greeter.jar!/",
                "g:a",
                "g::1.0",
                ":a:1.0",
                "g:a:",
                "g:a: ",
                "g:a:..",
                "g:a:../../b:1.0",
                "g:a:jar:c:d:1.0",
                "mvn:",
                "mvn:g",
                "mvn:g/a",
                "mvn:g/a/",
                "mvn:g/a/1/jar/c/d",
                "mvn:g/a/../jar",
                "mvn:http://repo!g/a/1.0",
                "mvn:g:a:1.0/x"
            })
    void parse_refusesWhatIsNoCoordinate(String text) {
        assertThat(MavenArtifacts.isCoordinate(text)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MavenCoordinate.parse(text))
                .withMessage("Not a Maven coordinate: '" + text
                        + "'; write mvn:GROUP/ARTIFACT/VERSION[/TYPE[/CLASSIFIER]] or"
                        + " GROUP:ARTIFACT[:TYPE[:CLASSIFIER]]:VERSION");
    }

    @Test
    void constructor_refusesPartsThatNoCoordinateHas() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MavenCoordinate("g", "a/b", "1", "", ""))
                .withMessageContaining("'g:a/b:jar::1'");
    }
}
