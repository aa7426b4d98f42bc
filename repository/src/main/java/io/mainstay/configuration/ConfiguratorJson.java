package io.mainstay.configuration;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;

/**
 * The OSGi Configurator's JSON of configurations: any tool that speaks it reads what is written here, and the other way
 * round.
 *
 * <pre>
 * {
 *   ":configurator:resource-version": 1,
 *   "org.acme.server~blue": {
 *     "host": "localhost",
 *     "port:Integer": 8080
 *   }
 * }
 * </pre>
 *
 * <p>What is written is canonical: sorted, every type named that JSON does not show, and the same bytes for the same
 * configurations. Two of Configuration Admin's own properties stand among the others where they are not as always: {@code
 * service.bundleLocation} (else {@code ?}), and {@code service.factoryPid} (else what is before the PID's {@code ~}).
 *
 * @see <a href="https://docs.osgi.org/specification/osgi.cmpn/8.1.0/service.configurator.html">Compendium 8.1, 150</a>
 */
public final class ConfiguratorJson {
    static final String RESOURCE_VERSION = ":configurator:resource-version";

    private ConfiguratorJson() {}

    /**
     * Reads configurations; keys for the Configurator itself are passed over.
     *
     * @param name what to call the document when it is refused
     * @throws RefusedConfigurationException if it is no such document, or has a value that cannot be typed
     */
    public static List<Configuration> read(String name, String json) {
        return new ConfiguratorReader(name).read(json);
    }

    /** {@return the canonical document of {@code configurations}} */
    public static String write(Collection<Configuration> configurations) {
        StringJoiner members = new StringJoiner(",\n", "{\n", "\n}\n");
        members.add("  " + JsonText.quote(RESOURCE_VERSION) + ": 1");
        configurations.stream()
                .sorted(Comparator.comparing(Configuration::pid))
                .forEach(configuration ->
                        members.add("  " + JsonText.quote(configuration.pid()) + ": " + object(configuration)));
        return members.toString();
    }

    private static String object(Configuration configuration) {
        List<String> lines = new ArrayList<>();
        if (!configuration.factoryPid().equals(Configuration.impliedFactory(configuration.pid()))) {
            lines.add(line(Configuration.FACTORY_PID, configuration.factoryPid().orElse("")));
        }
        if (!configuration.location().equals(Configuration.EVERYWHERE)) {
            lines.add(line(Configuration.LOCATION, configuration.location()));
        }
        configuration
                .properties()
                .forEach((name, value) -> lines.add(JsonText.quote(key(name, value)) + ": " + value.toJson()));
        return lines.isEmpty() ? "{}" : "{\n    " + String.join(",\n    ", lines) + "\n  }";
    }

    private static String line(String name, String value) {
        return JsonText.quote(name) + ": " + JsonText.quote(value);
    }

    /** A colon in a name would be taken for that of a type, so such a name always has one. */
    private static String key(String name, PropertyValue value) {
        return value.isPlain() && name.indexOf(':') < 0 ? name : name + ":" + value.typeName();
    }
}
