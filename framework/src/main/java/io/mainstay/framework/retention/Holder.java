package io.mainstay.framework.retention;

import io.mainstay.framework.retention.HolderSearch.Step;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleReference;

/** Says in a few words who holds old code, from the way that leads there. */
final class Holder {
    private static final int NAMED = 3;

    private final List<Step> path;

    /** @param path from what lives to what is old, at least one step */
    Holder(List<Step> path) {
        this.path = path;
    }

    @Override
    public String toString() {
        StringBuilder words = new StringBuilder(begin());
        List<String> between = between();
        if (!between.isEmpty()) {
            words.append(", by way of ").append(String.join(", ", between));
        }
        if (path.size() > 1 || !(last() instanceof Thread)) {
            words.append(", holds ").append(described(last()));
        }
        return words.toString();
    }

    private Object last() {
        return path.get(path.size() - 1).object();
    }

    /** What people know: who has registered it tells more than where the framework keeps that. */
    private String begin() {
        return path.stream()
                .map(step -> registration(step.object()))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseGet(this::root);
    }

    private String root() {
        Step first = path.get(0);
        if (first.object() instanceof Thread && first.by() instanceof String thread) {
            return thread(thread);
        }
        return "static field " + first.by()
                + ofBundle(((Fields.Ref) first.by()).field().getDeclaringClass());
    }

    private String thread(String thread) {
        if (path.size() == 1) {
            return thread + " is of a class of it";
        }
        String field = path.get(1).by() instanceof Fields.Ref ref ? ref.field().getName() : "";
        return switch (field) {
            case "threadLocals", "inheritableThreadLocals" -> "a thread-local variable of " + thread;
            case "contextClassLoader" -> "the context class loader of " + thread;
            case "inheritedAccessControlContext" -> thread + ", which was started by it";
            case "target", "holder" -> thread + ", which runs it";
            default -> thread;
        };
    }

    /** Felix's own records of listeners and services. */
    private static Optional<String> registration(Object object) {
        return switch (object.getClass().getName()) {
            case "org.apache.felix.framework.util.ListenerInfo" ->
                Optional.of("a listener" + registeredBy(object, "getBundle"));
            case "org.apache.felix.framework.ServiceRegistrationImpl" -> Optional.of("a service that is registered");
            default -> Optional.empty();
        };
    }

    private static String registeredBy(Object object, String getter) {
        try {
            Method method = object.getClass().getMethod(getter);
            return " that " + label((Bundle) method.invoke(object)) + " has registered";
        } catch (ReflectiveOperationException | RuntimeException e) {
            return " that is registered";
        }
    }

    /** The objects on the way that are not Java's own, the last ones: they are nearest to the cause. */
    private List<String> between() {
        List<String> names = new ArrayList<>();
        for (Step step : path.subList(1, Math.max(1, path.size() - 1))) {
            Class<?> type = step.object().getClass();
            boolean told = type.getClassLoader() != null
                    && !type.isArray()
                    && !type.getName().startsWith("java.")
                    && !type.getName().startsWith("org.apache.felix.framework.");
            if (told && !names.contains(described(step.object()))) {
                names.add(described(step.object()));
            }
        }
        return names.subList(Math.max(0, names.size() - NAMED), names.size());
    }

    private static String described(Object object) {
        if (object instanceof BundleCode) {
            return "its class loader";
        }
        Class<?> type = object instanceof Class<?> itself ? itself : object.getClass();
        return (object instanceof Class<?> ? "class " : "an object of ")
                + type.getName()
                + (type.getClassLoader() instanceof BundleCode code && code.retired() ? "" : ofBundle(type));
    }

    private static String ofBundle(Class<?> type) {
        return type.getClassLoader() instanceof BundleReference loader ? " of " + label(loader.getBundle()) : "";
    }

    private static String label(Bundle bundle) {
        return bundle.getBundleId() == 0 ? "the framework" : bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
