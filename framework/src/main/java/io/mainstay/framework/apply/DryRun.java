package io.mainstay.framework.apply;

import io.mainstay.framework.plan.NotSwappedException;
import io.mainstay.framework.plan.Plan;
import io.mainstay.framework.plan.Planner;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.StartOrder;
import io.mainstay.framework.plan.Step;
import io.mainstay.framework.plan.Swaps;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.BundleException;

/**
 * Tries changes on a framework of its own, in this process, that is never started: it resolves what there is, and does all
 * of the plan but the starting. So the answer is Felix's own, name clashes, fragments and native code included. Content is
 * not read, only headers.
 *
 * <p>A framework that a change has made what a boot of the wanted state would make is kept for a minute: the next change
 * mostly goes on from there. Thread-safe; has to be closed.
 */
public final class DryRun implements AutoCloseable {
    private static final Duration KEPT = Duration.ofMinutes(1);
    /** In nanoseconds; to wait for less is not to wait. */
    private static final long MILLI = 1_000_000;

    private final Duration time;
    /** Null for none. Guarded by this. */
    private DryFramework kept;
    /** When it was. Guarded by this. */
    private long keptNanos;
    /** Whether a thread looks when it is time to let go. Guarded by this. */
    private boolean watched;
    /** Guarded by this. */
    private boolean closed;

    /** Begins with nothing. */
    public DryRun() {
        this(KEPT);
    }

    /** Keeps a framework for another time. */
    DryRun(Duration time) {
        this.time = time;
    }

    /**
     * What a dry run found.
     *
     * @param reset the bundles that would be stopped, wired anew and started
     * @param problems why it cannot be done, the root first; empty if it can
     * @param rewiredAtBoot what a framework that boots with it wires otherwise, a sentence each
     */
    public record Finding(List<ResetMember> reset, List<String> problems, List<String> rewiredAtBoot) {}

    /**
     * Tries the way from {@code before} to {@code wanted}.
     *
     * @param configuration the framework's properties
     * @param unswapped the locations of bundles that are not swapped
     */
    public Finding run(
            Map<String, String> configuration,
            Collection<TargetBundle> before,
            Collection<TargetBundle> wanted,
            Set<String> unswapped) {
        try (Attempted attempted = new Attempted(configuration, before)) {
            return attempted.to(wanted, unswapped);
        } catch (Unswappable e) {
            Set<String> more = new HashSet<>(unswapped);
            more.add(e.location);
            return run(configuration, before, wanted, more);
        }
    }

    /** Ends a try in which a bundle could not be swapped. */
    private static final class Unswappable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String location;

        Unswappable(NotSwappedException cause) {
            super(cause);
            location = cause.location();
        }
    }

    /** One try. What it leaves is kept, or closed. */
    private final class Attempted implements AutoCloseable {
        private final Map<String, String> configuration;
        private final Collection<TargetBundle> before;
        private final DryFramework framework;
        /** What a boot of the wanted state makes; null as long as there is no such framework. */
        private DryFramework booted;

        Attempted(Map<String, String> configuration, Collection<TargetBundle> before) {
            this.configuration = configuration;
            this.before = before;
            this.framework = take(configuration, before);
        }

        Finding to(Collection<TargetBundle> wanted, Set<String> unswapped) {
            List<TargetBundle> all =
                    Stream.concat(before.stream(), wanted.stream()).toList();
            framework.know(all);
            Plan plan = Planner.plan(
                    StateCapture.capture(framework.system(), framework.connector(), ForeignBundles.NONE),
                    wanted,
                    Swaps.knowing(all).without(unswapped));
            List<String> problems = apply(plan, wanted);
            return new Finding(plan.reset(), problems, problems.isEmpty() ? rewiredAtBoot(wanted) : List.of());
        }

        private List<String> apply(Plan plan, Collection<TargetBundle> wanted) {
            DryRunOperations operations = new DryRunOperations(framework.system(), framework.connector());
            operations.begin(plan);
            for (Step step : plan.steps()) {
                try {
                    step.applyTo(operations);
                } catch (NotSwappedException e) {
                    throw new Unswappable(e);
                } catch (ApplyException e) {
                    return headerFault(step, wanted).map(List::of).orElse(e.problems());
                } catch (BundleException e) {
                    return List.of(headerFault(step, wanted).orElse(e.getMessage()));
                }
            }
            return List.of();
        }

        /** {@return which header keeps a bundle from being installed, if it is one; each is tried on its own} */
        private Optional<String> headerFault(Step step, Collection<TargetBundle> wanted) {
            Optional<String> location = step instanceof Step.Install install
                    ? Optional.of(install.location())
                    : step instanceof Step.Update update ? Optional.of(update.location()) : Optional.empty();
            Optional<TargetBundle> bundle = wanted.stream()
                    .filter(one -> location.filter(one.location()::equals).isPresent())
                    .findFirst();
            return bundle.flatMap(one -> {
                List<TargetBundle> probes = HeaderProbe.of(one);
                try (DryFramework empty = new DryFramework(configuration)) {
                    empty.know(probes);
                    return HeaderProbe.fault(one, probes, empty::install);
                }
            });
        }

        /** A second framework costs more than all the rest: it is asked only where something can differ. */
        private List<String> rewiredAtBoot(Collection<TargetBundle> wanted) {
            if (!BootWiring.canDiffer(framework.system(), StartOrder.of(wanted))) {
                booted = framework.isAsBooted(wanted) ? framework : null;
                return List.of();
            }
            booted = DryFramework.booted(configuration, wanted);
            return BootWiring.differences(BootWiring.of(framework.system()), BootWiring.of(booted.system()));
        }

        @Override
        public void close() {
            try {
                if (booted != framework) {
                    framework.close();
                }
            } finally {
                if (booted != null) {
                    keep(booted);
                }
            }
        }
    }

    /** {@return what is known of content from the last change, as long as that is kept; immutable} */
    public synchronized Map<Digest, Content> known() {
        return kept == null ? Map.of() : kept.known();
    }

    private DryFramework take(Map<String, String> configuration, Collection<TargetBundle> before) {
        DryFramework found;
        synchronized (this) {
            found = kept;
            kept = null;
        }
        if (found != null) {
            boolean fits = false;
            try {
                fits = found.hasProperties(configuration) && found.isAsBooted(before);
                if (fits) {
                    return found;
                }
            } finally {
                if (!fits) {
                    found.close();
                }
            }
        }
        return DryFramework.booted(configuration, before);
    }

    private void keep(DryFramework framework) {
        DryFramework replaced;
        synchronized (this) {
            replaced = closed ? framework : kept;
            kept = closed ? null : framework;
            keptNanos = System.nanoTime();
            if (!closed && !watched) {
                watched = true;
                startWatch();
            }
        }
        if (replaced != null) {
            replaced.close();
        }
    }

    /** Of the thread that happens to be here it takes nothing over: no class loader, no values. */
    private void startWatch() {
        Thread watch = new Thread(null, this::dropUnused, "mainstay-dry-run", 0, false);
        watch.setContextClassLoader(null);
        watch.setDaemon(true);
        watch.start();
    }

    private void dropUnused() {
        DryFramework unused = awaitUnused();
        if (unused != null) {
            unused.close();
        }
    }

    /** {@return what nobody has come back for; null if somebody has, or ended this} */
    private synchronized DryFramework awaitUnused() {
        try {
            while (kept != null) {
                long left = time.toNanos() - (System.nanoTime() - keptNanos);
                if (left <= 0) {
                    DryFramework unused = kept;
                    kept = null;
                    return unused;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left + MILLI);
            }
            return null;
        } catch (InterruptedException e) {
            return null; // by nobody: no one knows this thread
        } finally {
            watched = false;
        }
    }

    @Override
    public void close() {
        DryFramework last;
        synchronized (this) {
            closed = true;
            last = kept;
            kept = null;
            notifyAll();
        }
        if (last != null) {
            last.close();
        }
    }
}
