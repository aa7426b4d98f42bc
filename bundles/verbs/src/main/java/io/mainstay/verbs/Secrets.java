package io.mainstay.verbs;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Hides the values of properties that, by their names, are secrets. */
final class Secrets {
    private static final String HIDDEN = "(hidden)";
    private static final List<String> WORDS = List.of("password", "passwd", "secret", "token", "credential");

    private Secrets() {}

    /** {@return what may be told of a property's value; empty if it has none} */
    static Optional<String> tellable(String name, Optional<String> value) {
        return value.map(text -> isSecret(name) ? HIDDEN : text);
    }

    /** {@return properties that may be told} */
    static SortedMap<String, String> tellable(SortedMap<String, String> properties) {
        SortedMap<String, String> told = new TreeMap<>(properties);
        told.replaceAll((name, value) -> isSecret(name) ? HIDDEN : value);
        return told;
    }

    /** {@return what may be told of a configuration} A hidden value of another type is a text. */
    static Configuration tellable(Configuration configuration) {
        SortedMap<String, PropertyValue> told = new TreeMap<>(configuration.properties());
        told.replaceAll((name, value) -> isSecret(name) ? PropertyValue.of(HIDDEN) : value);
        return new Configuration(configuration.pid(), configuration.factoryPid(), configuration.location(), told);
    }

    private static boolean isSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(lower::contains);
    }
}
