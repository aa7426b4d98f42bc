package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.Texts;
import io.mainstay.framework.failure.Causes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** What Declarative Services said at one moment, through its {@code ServiceComponentRuntime}. Immutable. */
final class ComponentRuntime {
    private static final String RUNTIME = "org.osgi.service.component.runtime.ServiceComponentRuntime";
    private static final String FACTORY_PID = "service.factoryPid";
    /** The states of a configuration, as OSGi numbers them. */
    private static final int UNSATISFIED_CONFIGURATION = 1;

    private static final String CAUSE = "Caused by: ";
    private static final int SATISFIED = 4;
    private static final int ACTIVE = 8;
    private static final int FAILED_ACTIVATION = 16;

    private final boolean present;
    private final Set<String> declared;
    private final Map<Key, Component> components;

    /**
     * Tells components apart, before a change and after it.
     *
     * @param location where the bundle is
     * @param name the component's name
     * @param factoryPids the PIDs of the factory configuration that it is made from; empty for others
     */
    record Key(String location, String name, Set<String> factoryPids) {}

    /**
     * A component configuration.
     *
     * @param key which
     * @param state as OSGi numbers it
     * @param why why it is not; empty if it is
     * @param pids the configurations that it has, as far as Declarative Services knows yet
     * @param ownPid the PID that it declares for itself, which needs no configuration; mostly none
     * @param waitsFor the types of the references that are not satisfied
     * @param provides the types of its service
     */
    record Component(
            Key key,
            int state,
            String why,
            Set<String> pids,
            Set<String> ownPid,
            Set<String> waitsFor,
            Set<String> provides) {
        /** {@return whether it is satisfied or active} */
        boolean satisfied() {
            return isSatisfied(state);
        }

        /** {@return whether it is satisfied, but nobody has asked for it yet} */
        boolean unused() {
            return state == SATISFIED;
        }

        /** {@return whether it could not be activated when somebody asked for it} */
        boolean failed() {
            return state == FAILED_ACTIVATION;
        }

        private static boolean isSatisfied(int state) {
            return state == SATISFIED || state == ACTIVE;
        }
    }

    private ComponentRuntime(boolean present, Set<String> declared, Map<Key, Component> components) {
        this.present = present;
        this.declared = declared;
        this.components = components;
    }

    /** Asks all runtimes that there are. */
    static ComponentRuntime look(BundleContext system, Duration limit) throws ApplyException {
        List<ServiceReference<?>> runtimes = runtimes(system);
        Set<String> declared = new HashSet<>();
        Map<Key, Component> components = new HashMap<>();
        Set<Boolean> answered = new HashSet<>();
        if (!runtimes.isEmpty()) {
            new Watchdog(limit).run("ask Declarative Services for its components", () -> {
                for (ServiceReference<?> reference : runtimes) {
                    Object runtime = system.getService(reference);
                    if (runtime != null) {
                        answered.add(true);
                        try {
                            read(system, new Reflected(runtime), declared, components);
                        } finally {
                            system.ungetService(reference);
                        }
                    }
                }
            });
        }
        return new ComponentRuntime(!answered.isEmpty(), declared, components);
    }

    private static List<ServiceReference<?>> runtimes(BundleContext system) {
        try {
            ServiceReference<?>[] found = system.getAllServiceReferences(RUNTIME, null);
            return found == null ? List.of() : List.of(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void read(
            BundleContext system, Reflected runtime, Set<String> declared, Map<Key, Component> components)
            throws BundleException {
        Object none = new Bundle[0];
        for (Object description : (Collection<?>) runtime.call(RUNTIME, "getComponentDescriptionDTOs", none)) {
            Reflected described = new Reflected(description);
            Object id = new Reflected(described.field("bundle")).field("id");
            Bundle bundle = id instanceof Long number ? system.getBundle(number) : null;
            if (bundle != null) {
                declared.add(declaration(bundle.getLocation(), described.text("name")));
                Object made = runtime.call(RUNTIME, "getComponentConfigurationDTOs", description);
                for (Object configuration : (Collection<?>) made) {
                    Component component = component(bundle, described, new Reflected(configuration));
                    components.merge(component.key(), component, (one, other) -> one.satisfied() ? one : other);
                }
            }
        }
    }

    private static Component component(Bundle bundle, Reflected description, Reflected configuration) {
        int state = configuration.field("state") instanceof Integer number ? number : 0;
        Map<?, ?> properties = configuration.field("properties") instanceof Map<?, ?> map ? map : Map.of();
        Set<String> pids = Texts.of(properties.get(Constants.SERVICE_PID));
        return new Component(
                new Key(
                        bundle.getLocation(),
                        description.text("name"),
                        properties.containsKey(FACTORY_PID) ? pids : Set.of()),
                state,
                Component.isSatisfied(state) ? "" : why(state, description, configuration),
                pids,
                declared(description),
                unsatisfied(description, configuration).keySet(),
                Texts.of(description.field("serviceInterfaces")));
    }

    private static Set<String> declared(Reflected description) {
        Object declared = description.field("properties");
        return declared instanceof Map<?, ?> properties ? Texts.of(properties.get(Constants.SERVICE_PID)) : Set.of();
    }

    private static String why(int state, Reflected description, Reflected configuration) {
        if (state == UNSATISFIED_CONFIGURATION) {
            return "there is no configuration with PID "
                    + String.join(" or ", Texts.of(description.field("configurationPid")));
        }
        if (state == FAILED_ACTIVATION) {
            return "its activation failed: " + root(configuration.text("failure"));
        }
        String references =
                String.join(", and ", unsatisfied(description, configuration).values());
        return references.isEmpty() ? "it is in state " + state : "nothing provides " + references;
    }

    /** The last cause of a stack trace. */
    private static String root(String trace) {
        List<String> lines = trace.strip().lines().toList();
        return lines.stream()
                .filter(line -> line.startsWith(CAUSE))
                .reduce((one, other) -> other)
                .map(line -> line.substring(CAUSE.length()))
                .or(() -> lines.stream().findFirst())
                .map(Causes::oneLine)
                .orElse("unknown cause");
    }

    /** By type, in the order of their declaration. */
    private static Map<String, String> unsatisfied(Reflected description, Reflected configuration) {
        Map<String, String> references = new LinkedHashMap<>();
        for (Reflected missing : configuration.elements("unsatisfiedReferences")) {
            String type = "";
            for (Reflected declared : description.elements("references")) {
                if (declared.text("name").equals(missing.text("name"))) {
                    type = declared.text("interfaceName");
                }
            }
            String target = missing.text("target");
            references.merge(
                    type,
                    "its reference '" + missing.text("name") + "' (" + type
                            + (target.isEmpty() ? "" : " with " + target) + ")",
                    (one, other) -> one + ", and " + other);
        }
        return references;
    }

    private static String declaration(String location, String name) {
        return name + " of " + location;
    }

    /** {@return whether there is a runtime} */
    boolean present() {
        return present;
    }

    /** {@return whether a bundle declares a component of this name} */
    boolean declares(String location, String name) {
        return declared.contains(declaration(location, name));
    }

    /** {@return whether a component is satisfied} */
    boolean isSatisfied(Key key) {
        return find(key).filter(Component::satisfied).isPresent();
    }

    /** {@return a component configuration, satisfied or not} */
    Optional<Component> find(Key key) {
        return Optional.ofNullable(components.get(key));
    }

    /** {@return all component configurations} */
    Collection<Component> components() {
        return new ArrayList<>(components.values());
    }
}
