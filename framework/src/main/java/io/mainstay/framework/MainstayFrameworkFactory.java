package io.mainstay.framework;

import io.mainstay.framework.apply.SystemPackages;
import io.mainstay.framework.boot.Node;
import io.mainstay.framework.configuration.LiveConfigurations;
import io.mainstay.framework.content.LoadedContents;
import io.mainstay.framework.content.StoreModuleConnector;
import io.mainstay.framework.durable.DurableServices;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.retention.OldCode;
import io.mainstay.framework.temporary.TemporaryFolders;
import io.mainstay.store.Store;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.framework.StoreFelix;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.connect.ConnectFrameworkFactory;
import org.osgi.framework.connect.ModuleConnector;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * Makes frameworks whose bundles come from a store. Any OSGi launcher finds it through {@link java.util.ServiceLoader};
 * the framework properties of {@link Settings} say which store, all others are Felix's. Thread-safe.
 *
 * <p>Bundles that a launcher installs itself work as on any framework; they are not in the store, and show as drift.
 *
 * @see <a href="https://docs.osgi.org/specification/osgi.core/8.0.0/framework.lifecycle.html">OSGi Core 8, 4.2</a>
 * @see <a href="https://docs.osgi.org/specification/osgi.core/8.0.0/framework.connect.html">OSGi Core 8, 60</a>
 */
public final class MainstayFrameworkFactory implements FrameworkFactory, ConnectFrameworkFactory {

    /** Called by {@link java.util.ServiceLoader}. */
    public MainstayFrameworkFactory() {}

    @Override
    public Framework newFramework(Map<String, String> configuration) {
        return newFramework(configuration, null);
    }

    /** Makes a framework; {@code connector}, which may be null, is asked for locations that are not in the store. */
    @Override
    public Framework newFramework(Map<String, String> configuration, ModuleConnector connector) {
        Map<String, String> properties = configuration == null ? Map.of() : configuration;
        Settings settings = Settings.of(properties);
        return newFramework(
                settings, properties, Optional.ofNullable(connector), Store.open(settings.store()), List.of());
    }

    /**
     * Makes a framework on a store that is open already; the framework closes it when it stops.
     *
     * @param own bundles of the node itself, which are in the store, and not in its generations
     */
    public static Framework newFramework(
            Settings settings,
            Map<String, String> configuration,
            Optional<ModuleConnector> next,
            Store store,
            List<TargetBundle> own) {
        SystemState head = store.history()
                .head(settings.channel())
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
        OldCode oldCode = new OldCode(settings.oldCodeLimit());
        LoadedContents loaded = new LoadedContents(oldCode);
        loaded.prefetch(store.contents(), head.contents());
        OpenedOnce opener = new OpenedOnce(settings, store);
        StoreModuleConnector[] self = new StoreModuleConnector[1];
        Node[] node = new Node[1];
        self[0] = new StoreModuleConnector(loaded, next, () -> Optional.of(node[0]));
        DurableServices durables = new DurableServices(
                bundle -> self[0].pinned(bundle.getLocation()).isPresent());
        node[0] = new Node(
                settings,
                configuration,
                opener::get,
                self[0],
                durables,
                loaded,
                oldCode,
                own,
                head.frameworkProperties());
        Map<String, String> properties = felixProperties(configuration, head);
        Framework framework = new StoreFelix(FelixLog.addTo(properties), self[0], durables);
        loaded.serve(framework);
        Optional<Path> temporary = configuration.containsKey(Constants.FRAMEWORK_STORAGE)
                ? Optional.empty()
                : Optional.of(Path.of(properties.get(Constants.FRAMEWORK_STORAGE)));
        return guarded(framework, node[0], temporary);
    }

    /** The store that the caller opened serves the first initialisation; later ones open their own. */
    private static final class OpenedOnce {
        private final Settings settings;
        private Store first;

        OpenedOnce(Settings settings, Store first) {
            this.settings = settings;
            this.first = first;
        }

        synchronized Store get() {
            Store store = first == null ? Store.open(settings.store()) : first;
            first = null;
            return store;
        }
    }

    /**
     * {@return framework properties with what we add: our packages, a storage that is thrown away, the start level that
     * the generation needs}
     */
    static Map<String, String> felixProperties(Map<String, String> configuration, SystemState head) {
        Map<String, String> merged = new HashMap<>(head.frameworkProperties());
        merged.putAll(configuration);
        Map<String, String> properties = SystemPackages.addTo(merged);
        properties.put(Settings.VERSION, SystemPackages.version());
        properties.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        properties.putIfAbsent("felix.cache.locking", "false");
        properties.putIfAbsent(
                "felix.resolver.parallelism", "1"); // handing over to threads takes longer than resolving
        properties.put(LiveConfigurations.PERSISTENCE_PROPERTY, LiveConfigurations.PERSISTENCE_NAME);
        properties.computeIfAbsent(Constants.FRAMEWORK_STORAGE, key -> temporaryFolder());
        int configured = Integer.parseInt(properties.getOrDefault(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, "1"));
        properties.put(
                Constants.FRAMEWORK_BEGINNING_STARTLEVEL,
                String.valueOf(Math.max(configured, head.highestStartLevel())));
        return properties;
    }

    private static String temporaryFolder() {
        try {
            return TemporaryFolders.make("mainstay-felix-").toString();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a temporary folder for Felix", e);
        }
    }

    /** Felix swallows what goes wrong while a connector boots; whoever calls init or start has to hear of it. */
    private static Framework guarded(Framework framework, Node node, Optional<Path> temporary) {
        return (Framework) Proxy.newProxyInstance(
                MainstayFrameworkFactory.class.getClassLoader(),
                new Class<?>[] {Framework.class},
                (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("start")) {
                            start(framework, node);
                            return null;
                        }
                        Object result = method.invoke(framework, arguments);
                        if (method.getName().equals("init")) {
                            afterInit(framework, node);
                        }
                        if (result instanceof FrameworkEvent event && event.getType() == FrameworkEvent.STOPPED) {
                            temporary.ifPresent(TemporaryFolders::remove);
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void start(Framework framework, Node node) throws BundleException {
        boolean starting = framework.getState() != org.osgi.framework.Bundle.ACTIVE;
        if (starting && framework.getState() != org.osgi.framework.Bundle.STARTING) {
            framework.init();
            afterInit(framework, node);
        }
        node.startIsAwaited();
        framework.start();
        if (starting) {
            node.settle();
        }
    }

    private static void afterInit(Framework framework, Node node) throws BundleException {
        try {
            node.requireBooted();
        } catch (BundleException e) {
            framework.stop();
            throw e;
        }
    }
}
