package io.mainstay.configuration;

import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One configuration of Configuration Admin.
 *
 * @param pid its full PID; that of a factory configuration is {@code FACTORY~NAME}
 * @param factoryPid the factory that it belongs to; empty for a configuration of its own
 * @param location the bundle, or {@code ?region}, that may see it: {@code ?} for all, empty for the first that asks
 * @param properties name to value, without {@code service.pid} and the like; names differ in more than case
 */
public record Configuration(
        String pid, Optional<String> factoryPid, String location, SortedMap<String, PropertyValue> properties) {
    /** The location by which every bundle may see a configuration. */
    public static final String EVERYWHERE = "?";

    static final String PID = "service.pid";
    static final String FACTORY_PID = "service.factoryPid";
    static final String LOCATION = "service.bundleLocation";
    static final String CONFIGURATOR = ":configurator:";

    private static final Set<String> RESERVED = Set.of(lower(PID), lower(FACTORY_PID), lower(LOCATION));

    /** @throws IllegalArgumentException if the PID is empty, or a property's name is empty, reserved, or there twice */
    public Configuration {
        if (pid.isBlank()) {
            throw new IllegalArgumentException("A configuration needs a PID");
        }
        if (factoryPid.filter(String::isEmpty).isPresent()) {
            throw new IllegalArgumentException("The factory PID of configuration " + pid + " is empty");
        }
        Set<String> seen = new HashSet<>();
        for (String name : properties.keySet()) {
            if (name.isEmpty() || isReserved(name)) {
                throw new IllegalArgumentException(
                        "Configuration " + pid + " may not have a property called '" + name + "'");
            }
            if (!seen.add(lower(name))) {
                throw new IllegalArgumentException(
                        "Configuration " + pid + " has property " + name + " twice: upper and lower case are the same");
            }
        }
        SortedMap<String, PropertyValue> sorted = new TreeMap<>();
        sorted.putAll(properties);
        properties = Collections.unmodifiableSortedMap(sorted);
    }

    /** {@return a configuration that all bundles may see; its PID tells whether it is one of a factory} */
    public static Configuration of(String pid, Map<String, PropertyValue> properties) {
        return new Configuration(pid, impliedFactory(pid), EVERYWHERE, new TreeMap<>(properties));
    }

    /** {@return whether {@code name} is none of a property: kept otherwise, or meant for the Configurator} */
    public static boolean isReserved(String name) {
        return RESERVED.contains(lower(name)) || name.startsWith(CONFIGURATOR);
    }

    static Optional<String> impliedFactory(String pid) {
        int tilde = pid.indexOf('~');
        return tilde > 0 ? Optional.of(pid.substring(0, tilde)) : Optional.empty();
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
