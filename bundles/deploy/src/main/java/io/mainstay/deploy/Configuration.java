package io.mainstay.deploy;

import io.mainstay.framework.Settings;
import io.mainstay.store.StoreOptions;
import io.mainstay.verbs.TextFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the tool was told: by option, else by the environment, else by the files in {@code config}. Read once.
 *
 * @param options the command line's
 * @param settings of {@code mainstay.properties} and the environment
 * @param framework of {@code framework.properties}
 */
record Configuration(Tool.StoreOption options, Map<String, String> settings, Map<String, String> framework) {

    private static final String LOG_LEVEL = "mainstay.log.level";

    private static final Set<String> LOG_LEVELS = Set.of("OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE");

    static Configuration read(Tool.StoreOption options) {
        Map<String, String> settings = new HashMap<>(load(file("mainstay.properties")));
        requireLogLevels(settings);
        environment("MAINSTAY_STORE").ifPresent(url -> settings.put(Settings.STORE, url));
        environment("MAINSTAY_USER").ifPresent(user -> settings.put(Settings.USER, user));
        environment("MAINSTAY_PASSWORD").ifPresent(password -> settings.put(Settings.PASSWORD, password));
        environment("MAINSTAY_CHANNEL").ifPresent(channel -> settings.put(Settings.CHANNEL, channel));
        settings.compute(
                Settings.STORE,
                (key, configured) -> options.url != null
                        ? options.url
                        : configured != null && !dataChosen(options)
                                ? configured
                                : "jdbc:derby:" + options.data.resolve("store"));
        if (options.channel != null) {
            settings.put(Settings.CHANNEL, options.channel);
        }
        settings.computeIfAbsent(
                Settings.NODE,
                key -> Settings.nodeName(
                        options.data.toAbsolutePath().normalize().toString()));
        return new Configuration(options, settings, load(file("framework.properties")));
    }

    /** Naming a data folder on the command line names the embedded store in it, whatever the files say. */
    private static boolean dataChosen(Tool.StoreOption options) {
        return !options.data.equals(Path.of("data"));
    }

    StoreOptions store() {
        return Settings.of(settings).store();
    }

    String channel() {
        return Settings.of(settings).channel();
    }

    Path data() {
        return options.data;
    }

    /** {@return all framework properties that a node of this machine has} */
    Map<String, String> all() {
        Map<String, String> all = new HashMap<>(framework);
        all.putAll(settings);
        return all;
    }

    private static Path file(String name) {
        return Path.of(System.getProperty("mainstay.home", "."), "config", name);
    }

    /** {@return how much is logged, by the name of the logger; the empty name for all others} */
    static Map<String, String> logLevels() {
        Map<String, String> levels = new TreeMap<>();
        load(file("mainstay.properties")).forEach((key, level) -> {
            if (isLogLevel(key)) {
                levels.put(key.substring(Math.min(key.length(), LOG_LEVEL.length() + 1)), level);
            }
        });
        return levels;
    }

    private static boolean isLogLevel(String key) {
        return key.equals(LOG_LEVEL) || key.startsWith(LOG_LEVEL + ".");
    }

    private static void requireLogLevels(Map<String, String> settings) {
        settings.forEach((key, level) -> {
            if (isLogLevel(key) && !LOG_LEVELS.contains(level.toUpperCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                        key + " is one of " + String.join(", ", new TreeSet<>(LOG_LEVELS)) + ", not '" + level + "'");
            }
        });
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }

    static Map<String, String> load(Path file) {
        if (!Files.isRegularFile(file)) {
            return Map.of();
        }
        try {
            Map<String, String> properties = TextFile.properties(file);
            properties.replaceAll((name, value) -> value.strip());
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }
}
