package io.mainstay.deploy.maven;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Maven would see of this process.
 *
 * @param variables the environment variables
 * @param properties the system properties, and what {@code MAVEN_OPTS} defines besides
 */
record MavenEnvironment(Map<String, String> variables, Map<String, String> properties) {
    private static final Pattern DEFINITION = Pattern.compile("(?:^|\\s)-D([^\\s=]+)=(\"[^\"]*\"|'[^']*'|\\S*)");

    /** Copies. */
    MavenEnvironment {
        variables = Map.copyOf(variables);
        properties = Map.copyOf(properties);
    }

    /** Reads the environment of this process, as it is now. */
    static MavenEnvironment current() {
        Map<String, String> properties = new HashMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            properties.put(name, System.getProperty(name, ""));
        }
        return of(System.getenv(), properties);
    }

    /** Adds to {@code systemProperties} what {@code MAVEN_OPTS} defines and they do not. */
    static MavenEnvironment of(Map<String, String> variables, Map<String, String> systemProperties) {
        Map<String, String> properties = definitions(variables.getOrDefault("MAVEN_OPTS", ""));
        properties.putAll(systemProperties);
        return new MavenEnvironment(variables, properties);
    }

    /** {@return the user's {@code .m2}, which need not be there} */
    Path userFolder() {
        return Path.of(properties.getOrDefault("user.home", ""), ".m2").toAbsolutePath();
    }

    /** {@return what settings may refer to: properties by name, variables with {@code env.} before it} */
    Map<String, String> references() {
        Map<String, String> references = new TreeMap<>(properties);
        variables.forEach((name, value) -> references.putIfAbsent("env." + name, value));
        return references;
    }

    /** {@return the {@code -Dname=value} pairs; a value may stand in quotes} */
    private static Map<String, String> definitions(String mavenOpts) {
        Map<String, String> definitions = new HashMap<>();
        Matcher definition = DEFINITION.matcher(mavenOpts);
        while (definition.find()) {
            String value = definition.group(2);
            boolean quoted = value.startsWith("\"") || value.startsWith("'");
            boolean closed = quoted && value.length() > 1;
            definitions.put(definition.group(1), closed ? value.substring(1, value.length() - 1) : value);
        }
        return definitions;
    }
}
