package io.mainstay.framework.configuration;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.Constants;

/**
 * What Configuration Admin keeps under one name, its bookkeeping included: a configuration, one that somebody has asked for
 * and nobody has set yet, or something of its own.
 *
 * @param entries all of it
 * @param configuration the configuration, if it is one that is set
 */
record HeldDictionary(Map<String, PropertyValue> entries, Optional<Configuration> configuration) {
    static final String FACTORY_PID = "service.factoryPid";
    static final String LOCATION = "service.bundleLocation";
    /** Felix's mark of a configuration that nobody has set yet. */
    private static final String NEW = "_felix_.cm.newConfiguration";
    /** What Felix's bookkeeping begins with: revision and read-only mark. */
    private static final String BOOKKEEPING = ":org.apache.felix.configadmin.";

    /** @throws IllegalArgumentException if it holds what no configuration may */
    static HeldDictionary of(Dictionary<?, ?> dictionary) {
        SortedMap<String, PropertyValue> entries = new TreeMap<>();
        for (Enumeration<?> keys = dictionary.keys(); keys.hasMoreElements(); ) {
            Object key = keys.nextElement();
            entries.put(key.toString(), PropertyValue.of(dictionary.get(key)));
        }
        return new HeldDictionary(Collections.unmodifiableSortedMap(entries), configuration(entries));
    }

    static HeldDictionary of(Configuration configuration) {
        SortedMap<String, PropertyValue> entries = new TreeMap<>(configuration.properties());
        entries.put(Constants.SERVICE_PID, PropertyValue.of(configuration.pid()));
        configuration.factoryPid().ifPresent(factory -> entries.put(FACTORY_PID, PropertyValue.of(factory)));
        if (!configuration.location().isEmpty()) {
            entries.put(LOCATION, PropertyValue.of(configuration.location()));
        }
        return new HeldDictionary(Collections.unmodifiableSortedMap(entries), Optional.of(configuration));
    }

    private static Optional<Configuration> configuration(Map<String, PropertyValue> entries) {
        if (!entries.containsKey(Constants.SERVICE_PID) || entries.containsKey(NEW)) {
            return Optional.empty();
        }
        SortedMap<String, PropertyValue> properties = new TreeMap<>(entries);
        properties.keySet().removeIf(name -> Configuration.isReserved(name) || name.startsWith(BOOKKEEPING));
        return Optional.of(new Configuration(
                text(entries, Constants.SERVICE_PID).orElseThrow(),
                text(entries, FACTORY_PID),
                text(entries, LOCATION).orElse(""),
                properties));
    }

    private static Optional<String> text(Map<String, PropertyValue> entries, String name) {
        return Optional.ofNullable(entries.get(name))
                .map(value -> value.toObject().toString());
    }

    /** {@return whether it is a configuration, set or not, and nothing of Configuration Admin's own} */
    boolean hasPid() {
        return entries.containsKey(Constants.SERVICE_PID);
    }

    /** {@return a copy for Configuration Admin, which changes what it is given} */
    Dictionary<String, Object> toDictionary() {
        Dictionary<String, Object> dictionary = new Hashtable<>();
        entries.forEach((name, value) -> dictionary.put(name, value.toObject()));
        return dictionary;
    }
}
