package io.mainstay.framework.apply;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Asks the services of the Apache Felix Health Check API that carry our tag, whoever registered them. One that was OK is
 * not asked again.
 */
final class TaggedHealthChecks implements GateCheck {
    private static final String HEALTH_CHECK = "org.apache.felix.hc.api.HealthCheck";
    private static final String RESULT = "org.apache.felix.hc.api.Result";
    private static final String ENTRY = "org.apache.felix.hc.api.ResultLog$Entry";
    private static final String FILTER = "(hc.tags=mainstay)";
    private static final String OK = "OK";
    /** A check that hangs costs half of the time that is left, so that it can be asked again; but not less than this. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final BundleContext system;
    private final Set<Object> passed = new HashSet<>();

    TaggedHealthChecks(BundleContext system) {
        this.system = system;
    }

    @Override
    public Optional<String> problem(Duration limit) {
        Duration each = limit.dividedBy(2).compareTo(LEAST) > 0 ? limit.dividedBy(2) : LEAST;
        for (ServiceReference<?> check : registered()) {
            Object id = check.getProperty(Constants.SERVICE_ID);
            if (!passed.contains(id)) {
                Optional<String> problem = ask(check, each);
                if (problem.isPresent()) {
                    return Optional.of("health check '" + name(check) + "' " + problem.get());
                }
                passed.add(id);
            }
        }
        return Optional.empty();
    }

    private List<ServiceReference<?>> registered() {
        try {
            ServiceReference<?>[] found = system.getAllServiceReferences(HEALTH_CHECK, FILTER);
            return found == null ? List.of() : List.of(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(ServiceReference<?> check) {
        Object name = check.getProperty("hc.name");
        return String.valueOf(name == null ? check : name);
    }

    private Optional<String> ask(ServiceReference<?> check, Duration limit) {
        AtomicReference<String> answer = new AtomicReference<>();
        try {
            new Watchdog(limit).run("ask health check '" + name(check) + "'", () -> answer.set(ask(check)));
            return OK.equals(answer.get()) ? Optional.empty() : Optional.of(answer.get());
        } catch (ApplyException e) {
            return Optional.of("failed: " + (e.getCause() == null ? e.getMessage() : Causes.oneLine(e.getCause())));
        }
    }

    /** On a thread of its own: the service may be made for us, and is code of a bundle. */
    private String ask(ServiceReference<?> check) throws BundleException {
        Object service = system.getService(check);
        if (service == null) {
            return OK; // it is gone
        }
        try {
            Object result = new Reflected(service).call(HEALTH_CHECK, "execute");
            if (result == null) {
                return "answers nothing";
            }
            String status = new Reflected(result).call(RESULT, "getStatus").toString();
            return status.equals(OK) ? OK : "is " + status + message(result);
        } finally {
            system.ungetService(check);
        }
    }

    private static String message(Object result) throws BundleException {
        if (result instanceof Iterable<?> entries) {
            for (Object entry : entries) {
                Reflected reflected = new Reflected(entry);
                if (!OK.equals(Objects.toString(reflected.call(ENTRY, "getStatus")))) {
                    return ": " + reflected.call(ENTRY, "getMessage");
                }
            }
        }
        return "";
    }
}
