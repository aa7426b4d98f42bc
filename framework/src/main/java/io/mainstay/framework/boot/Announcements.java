package io.mainstay.framework.boot;

import io.mainstay.framework.Settings;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import io.mainstay.store.spi.Milestone;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node says of itself to the store. Thread-safe; guarded by this. */
final class Announcements {
    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);
    private static final Duration LOOK = Duration.ofSeconds(3);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Store store;
    private final Settings settings;
    private final NodeReporter reporter;
    private final String incarnation = UUID.randomUUID().toString();
    private final Heartbeat heartbeat;

    private NodeState state = NodeState.STARTING;
    private Optional<String> reason = Optional.empty();
    private Optional<GenerationRecord> running = Optional.empty();
    /** The last change that was tried, by an earlier run of this node too; null before the first. */
    private NodeReport.LastChange lastChange;
    /** What is being booted, or was when an earlier process of this node ended; null where a boot came to its end. */
    private NodeReport.Booting booting;

    private NodeRecord last;
    private volatile long lastNanos;
    /** Set by any thread, also while a bundle runs: so it takes no lock. */
    private volatile boolean changed = true;
    /** The same for services, which come and go more often than it is worth telling. */
    private volatile boolean servicesChanged;

    Announcements(Store store, Settings settings, NodeReporter reporter) {
        this.store = store;
        this.settings = settings;
        this.reporter = reporter;
        this.heartbeat = new Heartbeat(store, settings, incarnation, this::sayAgain);
    }

    String incarnation() {
        return incarnation;
    }

    /** Says that the node begins, and takes its name. */
    synchronized void starting() {
        Optional<NodeRecord> earlier = namesake();
        Optional<NodeReport> told = earlier.map(node -> NodeReport.of(node.report()));
        lastChange = told.map(NodeReport::lastChange).orElse(null);
        booting = told.map(NodeReport::booting).orElse(null);
        if (earlier.isEmpty() || !isDead(earlier.get())) {
            awaitName(earlier);
        } else if (earlier.get().state() != NodeState.STOPPED) {
            store.nodes().report(stopped(earlier.get()));
        }
        write(record(NodeReport.EMPTY));
        LiveNodes.arrive(incarnation);
        heartbeat.begin();
    }

    /** An incarnation before this one on an embedded store is dead: its process held the store. */
    private boolean isDead(NodeRecord earlier) {
        return store.embedded() && !LiveNodes.here(earlier.incarnation());
    }

    /**
     * One that was killed seems to live for a while after; a living one shows by its heartbeat, and keeps the name. Who was not heard of
     * for so long by our clock either is dead, though the database's may have been set back.
     */
    private void awaitName(Optional<NodeRecord> earlier) {
        long begin = System.nanoTime();
        Optional<NodeRecord> before = earlier;
        while (before.isPresent() && before.get().alive()) {
            if (System.nanoTime() - begin > NodeRecord.GONE_AFTER.toNanos()) {
                store.nodes().report(stopped(before.get()));
                break;
            }
            LOG.info(
                    "A node called {} was heard of {} ago; waiting if it still lives",
                    settings.node(),
                    before.get().silent().isNegative()
                            ? Duration.ZERO
                            : before.get().silent());
            try {
                Thread.sleep(LOOK_AGAIN.toMillis()); // it is the silence of another process that is waited for
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            Optional<NodeRecord> now = namesake();
            if (now.isPresent() && now.get().silent().compareTo(before.get().silent()) < 0) {
                break;
            }
            before = now;
        }
    }

    /**
     * Notes that a generation is being booted that has not worked anywhere yet, before anything of it runs.
     *
     * @return how often this node has done so before, and ended before it was done
     */
    synchronized int beginBoot(long generation) {
        int before = booting != null && booting.generation() == generation ? booting.attempts() : 0;
        booting = new NodeReport.Booting(generation, before + 1);
        write(record(NodeReport.EMPTY));
        return before;
    }

    private Optional<NodeRecord> namesake() {
        return store.nodes().all(settings.channel()).stream()
                .filter(node -> node.name().equals(settings.node())
                        && !node.incarnation().equals(incarnation))
                .findFirst();
    }

    private static NodeRecord stopped(NodeRecord node) {
        return new NodeRecord(
                node.name(),
                node.incarnation(),
                node.channel(),
                node.generation(),
                NodeState.STOPPED,
                node.reason(),
                node.report(),
                Duration.ZERO);
    }

    /** Notes what became of a change; the next that is told has it. */
    synchronized void tried(NodeReport.LastChange change) {
        lastChange = change;
    }

    synchronized void applying() {
        state = NodeState.APPLYING;
        tell();
    }

    /** Commits a claim, and in the same transaction that the node applies what it has claimed; its bundles are told later. */
    synchronized void applying(StoreTransaction claim) {
        state = NodeState.APPLYING;
        NodeRecord now = last == null ? record(NodeReport.EMPTY) : record(last.report());
        claim.report(now);
        claim.commit();
        last = now;
        Milestone.NODE_WRITTEN.reached();
    }

    /** Says that the node runs a generation, null for none; what kept it from following the head stays said until {@link #level}. */
    synchronized void running(GenerationRecord generation) {
        booting = null;
        running = Optional.ofNullable(generation);
        if (state != NodeState.STUCK) {
            state = reason.isPresent() ? NodeState.BEHIND : NodeState.RUNNING;
        }
        tell();
    }

    /** Ends what {@link #applying} began, where the store went away in between. */
    synchronized void notApplying(Optional<GenerationRecord> generation) {
        if (state == NodeState.APPLYING) {
            running(generation.orElse(null));
        }
    }

    /** Says the last thing once more: this node was silent for so long that it was taken for gone. */
    private synchronized void sayAgain() {
        if (last != null && state != NodeState.STOPPED) {
            LOG.info("The store took node {} for gone; saying that it is here", settings.node());
            write(last);
        }
    }

    /** Says that the node is on the head again. */
    synchronized void level(GenerationRecord generation) {
        reason = Optional.empty();
        running(generation);
    }

    /**
     * Takes note that the node is on a head that is about to be committed. To find out what it says of itself then is
     * nothing that a transaction may be open for.
     *
     * @return what to write in that transaction; {@link #isLevel} when it is committed
     */
    synchronized NodeRecord becomesLevel(GenerationRecord generation) {
        changed = false;
        servicesChanged = false;
        String report;
        try {
            report = reporter.report(generation.generation().state())
                    .after(lastChange, null)
                    .toJson();
        } catch (RuntimeException e) {
            LOG.debug("Bundles changed while they were looked at; looking again", e);
            changed = true;
            report = last == null ? NodeReport.EMPTY.toJson() : last.report();
        }
        last = null; // from here on nobody knows what the store has, until it is said
        return new NodeRecord(
                settings.node(),
                incarnation,
                settings.channel(),
                generation.number(),
                NodeState.RUNNING,
                Optional.empty(),
                report,
                Duration.ZERO);
    }

    /** Takes note that the store has what {@link #becomesLevel} gave. */
    synchronized void isLevel(GenerationRecord generation, NodeRecord record) {
        booting = null;
        reason = Optional.empty();
        running = Optional.of(generation);
        state = NodeState.RUNNING;
        last = record;
        lastNanos = System.nanoTime();
        Milestone.NODE_WRITTEN.reached();
    }

    /** Says that the node has to be restarted, and why. */
    synchronized void stuck(String why) {
        reason = Optional.of(why);
        state = NodeState.STUCK;
        tell();
    }

    /** Says why the node cannot follow the head. */
    synchronized void behind(String why) {
        reason = Optional.of(why);
        state = NodeState.BEHIND;
        tell();
    }

    synchronized void stopped() {
        heartbeat.end();
        state = NodeState.STOPPED;
        LiveNodes.leave(incarnation);
        try {
            write(record(NodeReport.EMPTY));
        } catch (StoreException e) {
            LOG.warn("Cannot tell the store that this node stops; others notice when it stays silent", e);
        }
    }

    /** Says that a bundle has changed; the next {@link #tellIfDue} looks. */
    void somethingChanged() {
        changed = true;
    }

    /** Says that a service has changed; {@link #tellIfDue} looks within a second. */
    void servicesChanged() {
        servicesChanged = true;
    }

    /** Tells if something has changed, or if it has not looked for a while: not all that changes is an event. */
    void tellIfDue() {
        long silent = System.nanoTime() - lastNanos;
        if (changed || servicesChanged && silent > LOOK_AGAIN.toNanos() || silent > LOOK.toNanos()) {
            changed = false;
            servicesChanged = false;
            tell();
        }
    }

    /** Writes what has changed since the last time. */
    synchronized void tell() {
        NodeRecord now = current();
        if (last == null || !last.equals(now)) {
            write(now);
        }
        lastNanos = System.nanoTime();
    }

    private NodeRecord current() {
        SystemState wanted = running.map(record -> record.generation().state()).orElse(SystemState.EMPTY);
        return record(state == NodeState.STARTING ? NodeReport.EMPTY : reporter.report(wanted));
    }

    private NodeRecord record(NodeReport report) {
        return record(report.after(lastChange, booting).toJson());
    }

    private NodeRecord record(String report) {
        return new NodeRecord(
                settings.node(),
                incarnation,
                settings.channel(),
                running.map(GenerationRecord::number).orElse(0L),
                state,
                reason,
                report,
                Duration.ZERO);
    }

    private void write(NodeRecord record) {
        store.nodes().report(record);
        last = record;
        Milestone.NODE_WRITTEN.reached();
    }
}
