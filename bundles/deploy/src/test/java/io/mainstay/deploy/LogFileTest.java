package io.mainstay.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes to the log. */
class LogFileTest {
    @TempDir
    private Path folder;

    private final Map<String, String> before = new HashMap<>();
    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void begin() throws IOException {
        set("mainstay.home", folder.toString());
        set("mainstay.log.dir", folder.resolve("log").toString());
        set("logback.configurationFile", null);
        Files.createDirectories(folder.resolve("config"));
        context.setMDCAdapter(new LogbackMDCAdapter()); // as SLF4J does it
    }

    @AfterEach
    void end() {
        context.stop();
        before.forEach((name, value) -> {
            if (value == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, value);
            }
        });
    }

    private void set(String name, String value) {
        before.putIfAbsent(name, System.getProperty(name));
        if (value == null) {
            System.clearProperty(name);
        } else {
            System.setProperty(name, value);
        }
    }

    private void settings(String text) throws IOException {
        Files.writeString(folder.resolve("config/mainstay.properties"), text);
    }

    private ExecutionStatus configure() {
        return new LogFile().configure(context);
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log/mainstay.log"));
    }

    @Test
    void levels_areThoseOfTheSettings_theLoggersOwnFirst() throws Exception {
        settings("mainstay.log.level=WARN\nmainstay.log.level.org.acme=debug\n");
        assertThat(configure()).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);

        context.getLogger("org.other.Part").info("hidden");
        context.getLogger("org.other.Part").warn("seen\nin one line");
        context.getLogger("org.acme.Part").debug("more");

        assertThat(log())
                .contains("WARN ", "org.other.Part - seen / in one line\n", "DEBUG", "org.acme.Part - more")
                .doesNotContain("hidden");
    }

    @Test
    void levels_reachJavaUtilLogging() throws Exception {
        settings("mainstay.log.level.net.jul.loud=DEBUG\nmainstay.log.level.net.jul.quiet=ERROR\n");
        configure();

        assertThat(java.util.logging.Logger.getLogger("net.jul.loud.Part").isLoggable(java.util.logging.Level.FINE))
                .isTrue();
        assertThat(java.util.logging.Logger.getLogger("net.jul.quiet").isLoggable(java.util.logging.Level.WARNING))
                .isFalse();
        assertThat(java.util.logging.Logger.getLogger("net.jul.other").isLoggable(java.util.logging.Level.FINE))
                .isFalse();
    }

    @Test
    void withoutSettings_infoIsLogged_butTheNoiseOfThePoolIsNot() throws Exception {
        configure();

        context.getLogger("com.zaxxer.hikari.HikariDataSource").info("pool");
        context.getLogger("org.acme.Part").info("part");
        context.getLogger("org.acme.Part").debug("detail");

        assertThat(log()).contains("part").doesNotContain("pool", "detail");
    }

    @Test
    void fileThatIsNamedForLogback_goesFirst() {
        set("logback.configurationFile", "own.xml");

        assertThat(configure()).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
    }

    @Test
    void whereTheLogIsNotPut_logbackDoesAsItDoes() {
        set("mainstay.log.dir", null);

        assertThat(configure()).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
    }

    @Test
    void levelThatIsNone_isToldWhereSettingsAreRead_andDoesNotKeepOthersFromTheLog() throws Exception {
        settings("mainstay.log.level.org.acme=LOUD\n");
        configure();
        context.getLogger("org.other.Part").info("part");

        assertThat(log()).contains("part");
        assertThatThrownBy(() -> Configuration.read(new Tool.StoreOption()))
                .hasMessage("mainstay.log.level.org.acme is one of DEBUG, ERROR, INFO, OFF, TRACE, WARN, not 'LOUD'");
    }
}
