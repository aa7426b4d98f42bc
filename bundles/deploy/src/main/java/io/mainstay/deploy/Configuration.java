package io.mainstay.deploy;

import io.mainstay.framework.Settings;
import io.mainstay.store.StoreOptions;
import io.mainstay.verbs.TextFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the tool was told: by option, else by the environment, else by the files in {@code config}. Read once.
 *
 * @param options the command line's
 * @param settings of {@code mainstay.properties} and the environment
 * @param framework of {@code framework.properties}
 */
record Configuration(Tool.StoreOption options, Map<String, String> settings, Map<String, String> framework) {

    static Configuration read(Tool.StoreOption options) {
        Path folder = Path.of(System.getProperty("mainstay.home", "."), "config");
        Map<String, String> settings = new HashMap<>(load(folder.resolve("mainstay.properties")));
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
        return new Configuration(options, settings, load(folder.resolve("framework.properties")));
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
