package io.mainstay.framework.durable;

import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWiring;

/**
 * What a stable object has to be for a service, or why the service passes through as it is.
 *
 * @param interfaces what it has to implement
 * @param passing why others are to see the service itself; empty if they are not
 */
record ServiceTypes(List<Class<?>> interfaces, Optional<String> passing) {
    /**
     * Services whose users call them when they appear: configuration is handed to a managed service that is registered, a
     * listener is told of what is there. A new one behind a stable object would never be told. One that has other types as well stays
     * for their users; those who listen for one of these see it go and come.
     */
    private static final Set<String> TOLD_AT_REGISTRATION = Set.of(
            "org.osgi.service.cm.ManagedService",
            "org.osgi.service.cm.ManagedServiceFactory",
            "org.osgi.service.blueprint.container.BlueprintListener",
            "org.osgi.service.remoteserviceadmin.EndpointEventListener",
            "org.osgi.service.remoteserviceadmin.EndpointListener",
            "jakarta.servlet.ServletContextListener",
            "javax.servlet.ServletContextListener");

    /** The same of iPOJO, whose core makes all that a bundle has of what that declares when it starts. */
    private static final String IPOJO = "org.apache.felix.ipojo.";

    /** Properties of services, such as the jobs of a scheduler, that their users drop when the bundle stops, and take when they appear. */
    private static final String SCHEDULED = "scheduler.";

    /** The property of services that mark resources. */
    private static final String RESOURCES = "osgi.http.whiteboard.resource.pattern";

    /**
     * Services of which users make something that they keep for long, or with which they register something: a pool, the entities of
     * an application, a connection, a component, a servlet, a listener. They are to do so anew with new code.
     */
    private static final Set<String> MAKE_WHAT_LASTS = Set.of(
            "org.osgi.service.component.ComponentFactory",
            "org.osgi.service.http.HttpService",
            "org.osgi.service.jdbc.DataSourceFactory",
            "org.osgi.service.jpa.EntityManagerFactoryBuilder",
            "org.osgi.service.log.LogReaderService",
            "org.osgi.util.pushstream.PushEventSource",
            "org.apache.sling.commons.scheduler.Scheduler",
            "jakarta.persistence.spi.PersistenceProvider",
            "javax.persistence.spi.PersistenceProvider",
            "jakarta.jms.ConnectionFactory",
            "javax.jms.ConnectionFactory");

    /**
     * Services that Configuration Admin and the like call in the midst of a change, on its very thread, which may not wait for what
     * only it brings back. Their users know that there may be none.
     */
    private static final Set<String> ASKED_BY_CHANGES = Set.of(
            "org.osgi.service.log.LogService",
            "org.osgi.service.log.LoggerFactory",
            "org.ops4j.pax.logging.PaxLoggingService");

    /**
     * Properties of services whose users look at the class of the object, at its annotations and type arguments: RESTful
     * resources, commands of the shell, MBeans, plugins of the Web Console. A stable object has none of these.
     */
    private static final Set<String> LOOKED_AT =
            Set.of("osgi.jaxrs.", "osgi.jakartars.", "osgi.command.", "jmx.objectname", "felix.webconsole.");

    private static final String THEY_ACT = "its users act when it is registered";

    /** What those who listen for a type ask for. */
    private static final Pattern OF_TYPE =
            Pattern.compile("\\(\\s*objectClass\\s*=\\s*([^)\\s]+)\\s*\\)", Pattern.CASE_INSENSITIVE);

    /** {@return whether users of a service of this type act when it is registered, and call it then} */
    static boolean isToldAtRegistration(String name) {
        return TOLD_AT_REGISTRATION.contains(name);
    }

    /** {@return whether who listens with a filter may listen for such a type: he asks for one, or for no type} */
    static boolean mayAskForTold(String filter) {
        List<String> types = filter == null
                ? List.of()
                : OF_TYPE.matcher(filter).results().map(found -> found.group(1)).toList();
        return types.isEmpty() || types.stream().anyMatch(type -> type.contains("*") || isToldAtRegistration(type));
    }

    private static ServiceTypes passing(String why) {
        return new ServiceTypes(List.of(), Optional.of(why));
    }

    /**
     * Looks at a service that a bundle registers.
     *
     * @param names the types that it is registered by
     * @param properties its properties
     */
    static ServiceTypes of(Bundle provider, List<String> names, Object service, Map<String, Object> properties) {
        if ("false".equals(String.valueOf(properties.get(DurableServices.DURABLE)))) {
            return passing("it is marked " + DurableServices.DURABLE + "=false");
        }
        if (LOOKED_AT.stream()
                .anyMatch(prefix -> properties.keySet().stream().anyMatch(key -> key.startsWith(prefix)))) {
            return passing("its users look at its class");
        }
        if (properties.keySet().stream().anyMatch(key -> key.startsWith(SCHEDULED))
                || names.stream().allMatch(ServiceTypes::isToldAtRegistration)) {
            return passing(THEY_ACT);
        }
        Set<Class<?>> interfaces = new LinkedHashSet<>();
        for (String name : names) {
            Optional<String> why = byName(name);
            if (why.isPresent()) {
                return passing(why.get());
            }
            Class<?> type = find(provider, name, service);
            if (type == null) {
                return passing("its bundle does not see that type");
            } else if (type.isInterface()) {
                interfaces.add(type);
            } else if (!isAMark(provider, type, properties)) {
                return passing("it is a class, not an interface");
            }
        }
        if (names.stream().anyMatch(ServiceTypes::isToldAtRegistration) && Lifecycle.isLed(List.copyOf(interfaces))) {
            return passing(THEY_ACT); // before they begin its life cycle
        }
        return interfaces.stream().allMatch(ServiceTypes::canBeImplemented)
                ? new ServiceTypes(List.copyOf(interfaces), Optional.empty())
                : passing("others cannot implement it");
    }

    private static boolean canBeImplemented(Class<?> type) {
        return !type.isHidden() && !type.isSealed() && !Modifier.isPrivate(type.getModifiers());
    }

    private static Optional<String> byName(String name) {
        boolean lookedAt = name.matches("(javax|jakarta)\\.ws\\.rs\\..*")
                || name.equals("org.osgi.service.typedevent.TypedEventHandler")
                || name.endsWith("MBean");
        if (lookedAt && !name.endsWith("MXBean")) {
            return Optional.of("its users look at its class");
        } else if (name.startsWith("org.osgi.framework.")) {
            return Optional.of("the framework itself uses it");
        } else if (ASKED_BY_CHANGES.contains(name)) {
            return Optional.of("changes themselves are logged by it");
        } else if (MAKE_WHAT_LASTS.contains(name)) {
            return Optional.of("its users make of it what they keep for long");
        } else if (name.startsWith(IPOJO)) {
            return Optional.of(THEY_ACT);
        }
        return Optional.empty();
    }

    /**
     * Says whether a service only marks its bundle as one that has resources for the web (OSGi Compendium 8, 140.6): users take these
     * from the bundle, and have no use for the object.
     */
    private static boolean isAMark(Bundle provider, Class<?> type, Map<String, Object> properties) {
        BundleWiring wiring = provider.adapt(BundleWiring.class);
        return properties.containsKey(RESOURCES)
                && wiring != null
                && type.getClassLoader() == wiring.getClassLoader()
                && wiring.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE).stream()
                        .noneMatch(one -> type.getPackageName()
                                .equals(one.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)));
    }

    /** The type that the object has by that name, or, of a factory, the one that its bundle sees. */
    private static Class<?> find(Bundle provider, String name, Object service) {
        if (!(service instanceof ServiceFactory)) {
            return find(service.getClass(), name);
        }
        try {
            BundleWiring wiring = provider.adapt(BundleWiring.class);
            return wiring == null ? null : Class.forName(name, false, wiring.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    private static Class<?> find(Class<?> type, String name) {
        if (type == null || type.getName().equals(name)) {
            return type;
        }
        for (Class<?> one : type.getInterfaces()) {
            Class<?> found = find(one, name);
            if (found != null) {
                return found;
            }
        }
        return find(type.getSuperclass(), name);
    }
}
