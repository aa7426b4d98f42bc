package io.mainstay.framework.boot;

import io.mainstay.framework.Settings;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.SystemState;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node says of itself to the store. Thread-safe; guarded by this. */
final class Announcements {
    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(3);

    private final Store store;
    private final Settings settings;
    private final NodeReporter reporter;
    private final String incarnation = UUID.randomUUID().toString();

    private NodeState state = NodeState.STARTING;
    private Optional<String> reason = Optional.empty();
    private Optional<GenerationRecord> running = Optional.empty();
    private NodeRecord last;
    private long lastNanos;

    Announcements(Store store, Settings settings, NodeReporter reporter) {
        this.store = store;
        this.settings = settings;
        this.reporter = reporter;
    }

    String incarnation() {
        return incarnation;
    }

    /** Says that the node begins. An incarnation before this one on an embedded store is dead: its process held the store. */
    synchronized void starting() {
        if (store.embedded()) {
            store.nodes().all(settings.channel()).stream()
                    .filter(node -> node.name().equals(settings.node()) && !LiveNodes.here(node.incarnation()))
                    .forEach(node -> store.nodes().report(stopped(node)));
        }
        write(record(NodeReport.EMPTY));
        LiveNodes.arrive(incarnation);
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

    synchronized void applying() {
        state = NodeState.APPLYING;
        tell();
    }

    /** Says that the node runs a generation, null for none; what kept it from following the head stays said until {@link #level}. */
    synchronized void running(GenerationRecord generation) {
        running = Optional.ofNullable(generation);
        state = reason.isPresent() ? NodeState.BEHIND : NodeState.RUNNING;
        tell();
    }

    /** Says that the node is on the head again. */
    synchronized void level(GenerationRecord generation) {
        reason = Optional.empty();
        running(generation);
    }

    /** Says why the node cannot follow the head. */
    synchronized void behind(String why) {
        reason = Optional.of(why);
        state = NodeState.BEHIND;
        tell();
    }

    synchronized void stopped() {
        state = NodeState.STOPPED;
        LiveNodes.leave(incarnation);
        try {
            write(record(NodeReport.EMPTY));
        } catch (StoreException e) {
            LOG.warn("Cannot tell the store that this node stops; others notice when it stays silent", e);
        }
    }

    /** Writes what has changed since the last time, or just that the node is there. */
    synchronized void tell() {
        SystemState wanted = running.map(record -> record.generation().state()).orElse(SystemState.EMPTY);
        NodeRecord now = record(state == NodeState.STARTING ? NodeReport.EMPTY : reporter.report(wanted));
        if (last == null || !last.equals(now)) {
            write(now);
        } else if (System.nanoTime() - lastNanos > HEARTBEAT.toNanos()) {
            store.nodes().heartbeat(settings.node(), incarnation);
            lastNanos = System.nanoTime();
        }
    }

    private NodeRecord record(NodeReport report) {
        return new NodeRecord(
                settings.node(),
                incarnation,
                settings.channel(),
                running.map(GenerationRecord::number).orElse(0L),
                state,
                reason,
                report.toJson(),
                Duration.ZERO);
    }

    private void write(NodeRecord record) {
        store.nodes().report(record);
        last = record;
        lastNanos = System.nanoTime();
    }
}
