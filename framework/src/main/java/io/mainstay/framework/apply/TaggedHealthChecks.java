package io.mainstay.framework.apply;

import io.mainstay.framework.failure.Causes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Asks the services of the Apache Felix Health Check API that carry our tag, whoever registered them. One that was OK is
 * not asked again; one that takes its time is waited for, and not asked a second time meanwhile.
 */
final class TaggedHealthChecks implements GateCheck {
    private static final String HEALTH_CHECK = "org.apache.felix.hc.api.HealthCheck";
    private static final String RESULT = "org.apache.felix.hc.api.Result";
    private static final String ENTRY = "org.apache.felix.hc.api.ResultLog$Entry";
    private static final String FILTER = "(hc.tags=mainstay)";
    private static final String OK = "OK";
    /** How long one look waits for an answer; there are more looks. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final BundleContext system;
    private final Set<Object> passed = new HashSet<>();
    /** By service id, those that have not answered yet. */
    private final Map<Object, Question> open = new HashMap<>();

    TaggedHealthChecks(BundleContext system) {
        this.system = system;
    }

    @Override
    public Optional<String> problem(Duration limit) {
        List<ServiceReference<?>> checks = registered();
        for (ServiceReference<?> check : checks) {
            if (!passed.contains(id(check))) {
                open.computeIfAbsent(id(check), id -> new Question(check)); // all are asked at once
            }
        }
        for (ServiceReference<?> check : checks) {
            if (!passed.contains(id(check))) {
                Duration patience = limit.compareTo(LOOK) < 0 ? limit : LOOK;
                Optional<String> problem = open.get(id(check)).problem(patience);
                if (problem.isPresent()) {
                    return Optional.of("health check '" + name(check) + "' " + problem.get());
                }
                passed.add(id(check));
            }
        }
        return Optional.empty();
    }

    @Override
    public void end() {
        open.values().forEach(Question::end);
        open.clear();
    }

    private static Object id(ServiceReference<?> check) {
        return check.getProperty(Constants.SERVICE_ID);
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
        return Causes.oneLine(String.valueOf(name == null ? check : name));
    }

    /** A check that was asked, on a thread of its own: it is code of a bundle. */
    private final class Question {
        private final ServiceReference<?> check;
        private final long asked = System.nanoTime();
        private final FutureTask<String> answer;
        private final Thread thread;

        Question(ServiceReference<?> check) {
            this.check = check;
            this.answer = new FutureTask<>(() -> ask(check));
            this.thread = new Thread(answer, "mainstay: ask health check '" + name(check) + "'");
            thread.setDaemon(true);
            thread.start();
        }

        /** {@return what is wrong; empty if it says that all is well} What has been answered is asked anew the next time. */
        Optional<String> problem(Duration patience) {
            try {
                String said = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                open.remove(id(check));
                return said.equals(OK) ? Optional.empty() : Optional.of(said);
            } catch (TimeoutException e) {
                return Optional.of("has not answered in "
                        + Duration.ofNanos(System.nanoTime() - asked).toMillis() + " ms; thread '" + thread.getName()
                        + "' is at " + Watchdog.stack(thread));
            } catch (ExecutionException e) {
                open.remove(id(check));
                return Optional.of("failed: " + Causes.oneLine(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of("was not waited for");
            }
        }

        void end() {
            answer.cancel(true);
        }
    }

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
            return status.equals(OK) ? OK : Causes.oneLine("is " + status + message(result));
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
