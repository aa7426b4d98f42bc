package io.mainstay.deploy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.status.NopStatusListener;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the tool and its nodes log: a file in the data folder, never the terminal. In code, because to have Logback read
 * it from a file takes a tenth of a node's start, and because {@code trace} reads what is written here. Who names a file
 * for Logback ({@code logback.configurationFile}) has that instead.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogFile extends ContextAwareBase implements Configurator {
    private static final String PATTERN =
            "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger{30} - %replace(%msg){'[\\r\\n]+', ' / '}%n";
    private static final FileSize LARGEST = new FileSize(10 * FileSize.MB_COEFFICIENT);
    private static final int OLDER = 3;

    private static final String FOLDER = "mainstay.log.dir";
    private static final String NAMED = "logback.configurationFile";

    /** Makes one for Logback. */
    public LogFile() {}

    /** Says where the log is; before anything is logged. */
    static void put(Path folder) {
        System.setProperty(FOLDER, folder.toString());
        // what one thread logs while another sets the log up is logged later, and that is nothing to tell anybody
        System.setProperty("slf4j.internal.verbosity", "ERROR");
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String folder = System.getProperty(FOLDER);
        if (folder == null || System.getProperty(NAMED) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        context.getStatusManager()
                .add(new NopStatusListener()); // a log that cannot be written is nothing for the terminal
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        context.getLogger("com.zaxxer.hikari").setLevel(Level.WARN);
        context.getLogger("derby").setLevel(Level.WARN);
        Map<String, String> levels = levels();
        if (!levels.isEmpty()) {
            tellJavaUtilLogging(context);
        }
        levels.forEach((logger, level) ->
                context.getLogger(logger.isEmpty() ? root.getName() : logger).setLevel(Level.toLevel(level)));
        root.addAppender(file(context, Path.of(folder)));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Its loggers look at levels of their own before they tell anybody anything. */
    private static void tellJavaUtilLogging(LoggerContext context) {
        LevelChangePropagator propagator = new LevelChangePropagator();
        propagator.setContext(context);
        propagator.start();
        context.addListener(propagator);
    }

    private static Map<String, String> levels() {
        try {
            return Configuration.logLevels();
        } catch (RuntimeException e) {
            return Map.of(); // whoever reads the settings next tells what is wrong with them
        }
    }

    private static RollingFileAppender<ILoggingEvent> file(LoggerContext context, Path folder) {
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setName("file");
        file.setFile(folder.resolve("mainstay.log").toString());
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        file.setEncoder(encoder);
        FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(file);
        rolling.setFileNamePattern(folder.resolve("mainstay.%i.log").toString());
        rolling.setMinIndex(1);
        rolling.setMaxIndex(OLDER);
        rolling.start();
        file.setRollingPolicy(rolling);
        SizeBasedTriggeringPolicy<ILoggingEvent> triggering = new SizeBasedTriggeringPolicy<>();
        triggering.setContext(context);
        triggering.setMaxFileSize(LARGEST);
        triggering.start();
        file.setTriggeringPolicy(triggering);
        file.start();
        return file;
    }
}
