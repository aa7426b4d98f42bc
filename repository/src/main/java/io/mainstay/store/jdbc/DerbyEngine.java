package io.mainstay.store.jdbc;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.derby.iapi.jdbc.JDBCBoot;
import org.apache.derby.iapi.services.monitor.Monitor;

/**
 * The engine of embedded databases, which is one per process and Derby's class loader, and its settings.
 *
 * <p>Derby reads settings from system properties, and from a file {@code derby.properties} of the application's. System
 * properties are those of every Derby in the process, also of one that a bundle brings with it, which would look for our
 * classes in vain: so they are there only while the engine boots, and are kept from then on where it keeps that file.
 */
final class DerbyEngine {
    private static final String FILE = "applicationProperties";

    private DerbyEngine() {}

    /**
     * Boots the engine, if it does not run, and gives it settings.
     *
     * @param usual those that count where the host has said nothing else
     * @param required those that count whatever the host has said
     */
    static synchronized void boot(Map<String, String> usual, Map<String, String> required) {
        Set<String> lent = new HashSet<>(usual.keySet());
        lent.addAll(required.keySet());
        lent.removeAll(System.getProperties().stringPropertyNames());
        usual.forEach((name, value) -> {
            if (lent.contains(name)) {
                System.setProperty(name, value);
            }
        });
        required.forEach(System::setProperty);
        try {
            JDBCBoot.boot();
            Properties own = ownSettings();
            usual.forEach(own::putIfAbsent);
            own.putAll(required);
        } finally {
            lent.forEach(System::clearProperty);
        }
    }

    private static Properties ownSettings() {
        Object monitor = Monitor.getMonitor();
        try {
            Field field = monitor.getClass().getSuperclass().getDeclaredField(FILE);
            field.setAccessible(true);
            if (field.get(monitor) == null) {
                field.set(monitor, new Properties());
            }
            return (Properties) field.get(monitor);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Derby's engine is not as it was in 10.16.1.1", e);
        }
    }
}
