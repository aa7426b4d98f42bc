package io.mainstay.framework.node;

import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreBusyException;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.StoreUnreachableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees which nodes of a channel run, and waits for them. Thread-safe. */
public final class LiveNodes {
    private static final Logger LOG = LoggerFactory.getLogger(LiveNodes.class);

    /** How long a node may take to follow a head that another node has proven. */
    private static final Duration FOLLOW = Duration.ofMinutes(2);

    /** How long a node may take to find a database again: its longest wait, a heartbeat, and the time to connect. */
    private static final Duration RETURN = Duration.ofSeconds(12);

    /** How long a node may take to try a change: it may be about to make another one. */
    private static final Duration TRY = Duration.ofSeconds(10);

    private static final Duration FOREVER = Duration.ofDays(10_000);

    private static final Duration POLL = Duration.ofMillis(10);
    /** Incarnations of nodes in this process. */
    private static final Set<String> HERE = ConcurrentHashMap.newKeySet();

    private final Store store;
    private final String channel;

    /** Looks at the nodes of {@code channel}. */
    public LiveNodes(Store store, String channel) {
        this.store = store;
        this.channel = channel;
    }

    /** Called by a node of this process when it begins. */
    public static void arrive(String incarnation) {
        HERE.add(incarnation);
    }

    /** {@return whether an incarnation runs in this process} */
    public static boolean here(String incarnation) {
        return HERE.contains(incarnation);
    }

    /** Called by a node of this process when it ends. */
    public static void leave(String incarnation) {
        HERE.remove(incarnation);
    }

    /** {@return the nodes that run; of an embedded store only those of this process can} */
    public List<NodeRecord> alive() {
        return store.nodes().all(channel).stream()
                .filter(NodeRecord::alive)
                .filter(node -> !store.embedded() || HERE.contains(node.incarnation()))
                .toList();
    }

    /**
     * Tells which nodes run, and is not deceived by an outage: where none was heard of lately, but one has not said that it
     * stopped either, it is given the time to find the database again. One that does not is noted as gone, so that nobody
     * waits for it again.
     */
    public List<NodeRecord> aliveOrBack() {
        List<NodeRecord> alive = alive();
        if (!alive.isEmpty() || store.embedded()) {
            return alive;
        }
        List<NodeRecord> silent = store.nodes().all(channel).stream()
                .filter(node -> node.state() != NodeState.STOPPED)
                .toList();
        long end = System.nanoTime() + RETURN.toNanos();
        try (News news = new News()) {
            while (alive.isEmpty() && !silent.isEmpty() && System.nanoTime() < end) {
                news.await();
                alive = alive();
            }
        }
        if (alive.isEmpty()) {
            silent.forEach(store.nodes()::gone);
        }
        return alive;
    }

    /** {@return the running nodes that can take over a change} */
    public List<NodeRecord> able() {
        return alive().stream().filter(LiveNodes::isAble).toList();
    }

    /** {@return whether a node that runs can take over a change} */
    public static boolean isAble(NodeRecord node) {
        return node.state() != NodeState.STUCK && !fixed(node);
    }

    private static boolean fixed(NodeRecord node) {
        return NodeReport.of(node.report()).fixed();
    }

    /**
     * Waits until a proposal is proven, failed or overtaken. When the node that has it dies, the proposal has failed;
     * when all nodes stop before one takes it, the head moves without them.
     */
    public GenerationRecord awaitFate(long number) {
        Rarely look = new Rarely();
        try (News news = new News()) {
            while (true) {
                try {
                    GenerationRecord record = store.history().find(number).orElseThrow();
                    if (record.state() != GenerationState.PROPOSED) {
                        return record;
                    }
                    if (!look.due() || !decide(record)) {
                        news.await();
                    }
                } catch (StoreBusyException e) {
                    news.await();
                }
            }
        }
    }

    /** Settles a proposal that no node will settle; returns whether that is so. */
    private boolean decide(GenerationRecord proposal) {
        Optional<String> claimant = proposal.claimedBy();
        if (claimant.isPresent()
                && alive().stream().noneMatch(node -> node.incarnation().equals(claimant.get()))) {
            settle(
                    proposal.number(),
                    transaction -> transaction.fail(
                            proposal.number(), "the node that applied it ended before it was done", Optional.empty()));
            return true;
        }
        if (claimant.isEmpty() && able().isEmpty()) {
            settle(proposal.number(), transaction -> transaction.moveHead(proposal.number(), false, Optional.empty()));
            return true;
        }
        return false;
    }

    private void settle(long number, Consumer<StoreTransaction> how) {
        try (StoreTransaction transaction = store.begin()) {
            if (store.history().find(number).orElseThrow().state() == GenerationState.PROPOSED) {
                how.accept(transaction);
                transaction.commit();
            }
        }
    }

    /**
     * Waits until every node that follows runs generation {@code number} or a later one; returns those that run and do
     * not.
     */
    public List<NodeRecord> awaitAll(long number) {
        long end = System.nanoTime() + FOLLOW.toNanos();
        try (News news = new News()) {
            while (true) {
                List<NodeRecord> others = alive().stream()
                        .filter(node -> node.generation() < number && !fixed(node))
                        .toList();
                boolean settled = others.stream()
                        .allMatch(node -> node.state() == NodeState.BEHIND || node.state() == NodeState.STUCK);
                if (others.isEmpty() || settled || System.nanoTime() > end) {
                    return others;
                }
                news.await();
            }
        }
    }

    /**
     * Asks a node to do something, and waits for its answer.
     *
     * @throws IllegalStateException if the node ends before it has answered; what it was asked may be done all the same
     */
    public NodeRequest.Answer ask(NodeRecord node, NodeRequest.Kind kind, String author, String message) {
        NodeRequest asked = store.requests().ask(node.incarnation(), kind, author, message);
        return await(asked, FOREVER)
                .orElseThrow(() -> new IllegalStateException(
                        "Node " + node.name() + " ended before it answered; `status` and `log` tell what it has done"));
    }

    /**
     * Has a node try a change.
     *
     * @return what came of it; empty if the node runs something else by now, ends, does not come to it in time, or cannot be
     *     asked: who may only read the store can plan all the same
     */
    public Optional<String> tried(NodeRecord node, String author, Trial trial) {
        try {
            NodeRequest asked = store.requests().ask(node.incarnation(), NodeRequest.Kind.TRY, author, trial.text());
            Optional<NodeRequest.Answer> answer = await(asked, TRY);
            store.requests().forget(asked.id()); // otherwise it is there for a day
            return answer.filter(given -> given.outcome() == NodeRequest.Outcome.DONE)
                    .map(NodeRequest.Answer::text);
        } catch (StoreUnreachableException e) {
            throw e;
        } catch (StoreException e) {
            LOG.info("Node {} cannot be asked to try a change: {}", node.name(), e.getMessage());
            return Optional.empty();
        }
    }

    /** {@return the answer; empty if the node ends before it gives one, or the time is over} */
    private Optional<NodeRequest.Answer> await(NodeRequest asked, Duration limit) {
        long begin = System.nanoTime();
        Rarely look = new Rarely();
        try (News news = new News()) {
            while (true) {
                Optional<NodeRequest.Answer> answer =
                        store.requests().find(asked.id()).flatMap(NodeRequest::answer);
                boolean over = System.nanoTime() - begin > limit.toNanos();
                if (answer.isPresent() || over) {
                    return answer;
                }
                if (look.due()
                        && alive().stream().noneMatch(node -> node.incarnation().equals(asked.incarnation()))) {
                    return Optional.empty();
                }
                news.await();
            }
        }
    }

    /** Says when it is time to see whether nodes are alive: what they say of themselves is long. */
    private static final class Rarely {
        private static final Duration PAUSE = Duration.ofMillis(250);

        private long next = System.nanoTime();

        boolean due() {
            long now = System.nanoTime();
            boolean due = now - next >= 0;
            if (due) {
                next = now + PAUSE.toNanos();
            }
            return due;
        }
    }

    /** Wakes for commits through the same store object, and every little while for others. */
    private final class News implements AutoCloseable {
        private final Semaphore signals = new Semaphore(0);
        private final Runnable listener = signals::release;

        News() {
            store.addListener(listener);
        }

        void await() {
            try {
                if (signals.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    signals.drainPermits();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for nodes of channel " + channel, e);
            }
        }

        @Override
        public void close() {
            store.removeListener(listener);
        }
    }
}
