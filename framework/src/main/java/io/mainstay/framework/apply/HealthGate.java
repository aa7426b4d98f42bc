package io.mainstay.framework.apply;

import io.mainstay.framework.configuration.LiveConfigurations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * What a change has to pass, after its last step, to count as applied: the components that were satisfied before are
 * again, and the health checks for us are OK. What is not well yet is looked at again when a service comes or goes, and
 * after short waits that grow, until the time limit. Not thread-safe.
 */
public final class HealthGate {
    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);
    /** For one look, also at the end of the limit. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final BundleContext system;
    private final Duration limit;
    private final List<GateCheck> checks;

    private HealthGate(BundleContext system, Duration limit, List<GateCheck> checks) {
        this.system = system;
        this.limit = limit;
        this.checks = checks;
    }

    /** {@return a gate for a boot, where there is no before} */
    public static HealthGate atBoot(BundleContext system, Duration limit) {
        return new HealthGate(system, limit, List.of(new TaggedHealthChecks(system)));
    }

    /** {@return a gate for a change that has not begun; it notes which components are satisfied} */
    static HealthGate beforeChange(BundleContext system, LiveConfigurations configurations, Duration limit) {
        return new HealthGate(
                system,
                limit,
                List.of(SatisfiedComponents.note(system, configurations, limit), new TaggedHealthChecks(system)));
    }

    /**
     * Waits until all is well.
     *
     * @throws ApplyException if something is not within the time limit, or the framework stops; the message says what
     */
    public void pass() throws ApplyException {
        long end = System.nanoTime() + limit.toNanos();
        Duration wait = Duration.ofMillis(2);
        Semaphore news = new Semaphore(0);
        AllServiceListener listener = event -> news.release();
        system.addServiceListener(listener);
        try {
            Optional<String> problem = problem(end);
            while (problem.isPresent()) {
                if (system.getBundle().getState() == Bundle.STOPPING) {
                    throw new ApplyException("The framework was stopped during the change", null);
                }
                if (System.nanoTime() >= end) {
                    throw new ApplyException(problem.get(), null);
                }
                await(news, Math.min(wait.toNanos(), end - System.nanoTime()));
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
                problem = problem(end);
            }
        } finally {
            checks.forEach(GateCheck::end);
            removeQuietly(listener);
        }
    }

    private Optional<String> problem(long end) {
        Optional<String> problem = Optional.empty();
        for (GateCheck check : checks) {
            if (problem.isEmpty()) {
                problem = check.problem(Duration.ofNanos(Math.max(LEAST.toNanos(), end - System.nanoTime())));
            }
        }
        return problem;
    }

    private static void await(Semaphore news, long nanos) throws ApplyException {
        try {
            if (news.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApplyException("Interrupted while waiting for components and health checks", e);
        }
    }

    private void removeQuietly(AllServiceListener listener) {
        try {
            system.removeServiceListener(listener);
        } catch (IllegalStateException e) {
            // the framework has stopped meanwhile, and its listeners are gone
        }
    }
}
