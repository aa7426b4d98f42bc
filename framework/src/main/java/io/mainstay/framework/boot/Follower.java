package io.mainstay.framework.boot;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.mainstay.framework.Settings;
import io.mainstay.framework.apply.ForeignBundles;
import io.mainstay.framework.apply.Outcome;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.store.ConflictException;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.Store;
import io.mainstay.store.StoreBusyException;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.store.SystemState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over changes: proves proposals of the node's channel, and follows its head. One thread, which sleeps until a
 * commit through a store of this process, or by a client of its server, or the poll interval wakes it. A store that is away is waited for. On a node that
 * does not follow it only says that the node lives.
 */
final class Follower implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final Node node;
    private final Store store;
    private final Settings settings;
    private final Announcements announcements;
    private final Semaphore news = new Semaphore(0);
    private final Runnable listener = news::release;
    private final Thread thread;
    private final RunTimeConfigurations runTimeConfigurations;
    private volatile boolean ended;
    /** A head that this node could not take over: it is not tried again before the head moves. */
    private long refusedHead;

    private final Requests requests;
    /** Since when the store is away; null while it answers. */
    private volatile Instant awaySince;
    /** Others may have been cut off by the same outage: they are given time to say that they live. */
    private long judgeNanos = System.nanoTime();
    /** What came of a change, where the store went away before it was told. */
    private Unsettled unsettled;

    private record Unsettled(GenerationRecord proposal, Outcome outcome) {}

    Follower(Node node, Store store, Settings settings, Announcements announcements) {
        this.node = node;
        this.store = store;
        this.settings = settings;
        this.announcements = announcements;
        this.requests = new Requests(node, store, this, announcements.incarnation());
        this.runTimeConfigurations = new RunTimeConfigurations(node, store, settings);
        this.thread = new Thread(this, "mainstay-follower");
        thread.setDaemon(true);
    }

    void begin() {
        store.addListener(listener);
        thread.start();
    }

    /** Ends the thread; a change that it makes is finished first, unless the caller is that very thread. */
    void end() {
        ended = true;
        store.removeListener(listener);
        news.release();
        if (Thread.currentThread() != thread && thread.isAlive()) {
            try {
                thread.join(settings.stepLimit().toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void run() {
        Duration wait = settings.pollInterval();
        while (!ended) {
            try {
                lookOnce();
                if (awaySince != null) {
                    LOG.info(
                            "The store answers again, after {} s",
                            Duration.between(awaySince, Instant.now()).toSeconds());
                    awaySince = null;
                }
                wait = settings.pollInterval();
            } catch (StoreUnreachableException e) {
                if (awaySince == null) {
                    awaySince = Instant.now();
                    LOG.warn(
                            "The store is away, services go on; it is tried again at least every {} s: {}",
                            LONGEST_WAIT.toSeconds(),
                            e.getMessage());
                }
                judgeNanos = System.nanoTime() + NodeRecord.GONE_AFTER.toNanos();
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            } catch (StoreBusyException e) {
                LOG.debug("Lost against another transaction; trying again", e);
            } catch (RuntimeException | Error e) { // who follows no more has to be restarted: go on whatever it is
                Causes.log(LOG, "Following channel " + settings.channel() + " failed; trying again", e);
                wait = LONGEST_WAIT;
            }
            sleep(wait);
        }
        requests.close();
        if (awaySince == null && settings.follow()) {
            runTimeConfigurations.commitAtEnd();
        }
    }

    /** Derby interrupts every thread that it finds in a database that somebody shuts down: that ends nobody here. */
    private void sleep(Duration wait) {
        try {
            if (news.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("Interrupted, and going on", e);
        }
    }

    private void lookOnce() {
        if (unsettled != null) {
            settleAfterAll(unsettled);
            unsettled = null;
        }
        requests.answerAll();
        node.lookAfterOldCode();
        if (node.isStuck() || !settings.follow()) {
            announcements.tellIfDue();
            return;
        }
        for (GenerationRecord proposal : store.history().proposals(settings.channel())) {
            if (!node.isStuck() && claim(proposal)) {
                prove(proposal);
            }
        }
        long head = store.history().headNumber(settings.channel());
        long running = node.number();
        if (head != running && head != refusedHead && !node.isStuck()) {
            follow(store.history().find(head).orElseThrow());
        }
        runTimeConfigurations.commit().ifPresent(announcements::running);
        announcements.notApplying(node.generation());
        announcements.tellIfDue();
    }

    /** @throws RefusedChangeException if no change can be made through this node */
    void requireFollowing() {
        if (node.isStuck() || !settings.follow()) {
            throw new RefusedChangeException(
                    node.isStuck()
                            ? "This node is stuck; restart it"
                            : "This node does not follow its channel (mainstay.follow)");
        }
    }

    private boolean claim(GenerationRecord proposal) {
        if (proposal.claimedBy().isPresent() && !proposal.claimedBy().get().equals(announcements.incarnation())) {
            return abandonedByOther(proposal);
        }
        try (StoreTransaction transaction = store.begin()) {
            boolean claimed = transaction.claim(proposal.number(), announcements.incarnation(), settings.stepLimit());
            if (claimed) {
                announcements.applying(transaction);
            }
            return claimed;
        }
    }

    /** {@return since when the store is away; empty while it answers} */
    Optional<Instant> awaySince() {
        return Optional.ofNullable(awaySince);
    }

    /** A node that dies while it applies a generation has been killed by it, for all anybody knows: it has failed. */
    private boolean abandonedByOther(GenerationRecord proposal) {
        boolean alive = System.nanoTime() < judgeNanos
                || new LiveNodes(store, settings.channel())
                        .alive().stream()
                                .anyMatch(other -> other.incarnation()
                                        .equals(proposal.claimedBy().orElseThrow()));
        if (!alive) {
            try (StoreTransaction transaction = store.begin()) {
                transaction.fail(
                        proposal.number(), "the node that applied it ended before it was done", Optional.empty());
                transaction.commit();
            }
        }
        return false;
    }

    private void prove(GenerationRecord proposal) {
        prove(proposal, () -> node.change(proposal));
    }

    /** Proves a proposal of this node's own, which says what runs on it. */
    void prove(GenerationRecord proposal, SystemState actual, ForeignBundles foreign) {
        announcements.applying();
        prove(proposal, () -> node.change(proposal, actual, foreign));
    }

    /** Takes the framework to its generation. */
    Outcome repair(SystemState actual, ForeignBundles foreign) {
        if (node.isStuck()) {
            requireFollowing();
        }
        announcements.applying();
        try {
            GenerationRecord generation = node.generation()
                    .orElseThrow(() -> new RefusedChangeException("Nothing to repair: there is no generation yet"));
            return node.change(generation, actual, foreign);
        } finally {
            announcements.running(node.generation().orElse(null));
        }
    }

    private void prove(GenerationRecord proposal, Supplier<Outcome> change) {
        long parent =
                proposal.generation().parent().map(Generation.Parent::number).orElse(0L);
        Optional<GenerationRecord> before = node.generation();
        if (store.history().headNumber(settings.channel()) != parent) {
            overtake(proposal);
            return;
        }
        proposal.cause().ifPresent(remark -> LOG.warn("Generation {} was {}", proposal.number(), remark));
        try {
            Outcome outcome = change.get();
            unsettled = new Unsettled(proposal, outcome);
            settle(proposal, outcome);
            unsettled = null;
        } catch (StoreUnreachableException | StoreBusyException e) {
            throw e;
        } catch (ConflictException e) {
            unsettled = null;
            overtake(proposal);
            node.goBack(before, false);
        } catch (RuntimeException | Error e) { // whatever it is, a proposal that was taken may not stay open
            if (ended) {
                throw e;
            }
            unsettled = null;
            Causes.log(LOG, "Generation " + proposal.number() + " cannot be tried", e);
            fail(proposal, Causes.oneLine(e), Optional.empty());
        } finally {
            announcements.running(node.generation().orElse(null));
        }
    }

    /**
     * The store was away when a change was done. It may have heard of it all the same, or others may have given the node
     * up: then the node goes to the head as it does to any other.
     */
    private void settleAfterAll(Unsettled change) {
        GenerationRecord proposal = change.proposal();
        GenerationState now =
                store.history().find(proposal.number()).orElseThrow().state();
        LOG.info("The store is back; generation {}, which was being applied, is {}", proposal.number(), now);
        refusedHead = 0;
        if (now == GenerationState.PROPOSED) {
            try {
                settle(proposal, change.outcome());
            } catch (ConflictException e) {
                overtake(proposal);
            }
        } else if (now == GenerationState.PROVEN && change.outcome() instanceof Outcome.Applied) {
            announcements.level(proposal);
        }
    }

    private void settle(GenerationRecord proposal, Outcome outcome) {
        Optional<String> report = Optional.of(report(outcome));
        if (outcome instanceof Outcome.Applied) {
            NodeRecord level = announcements.becomesLevel(proposal);
            try (StoreTransaction transaction = store.begin()) {
                transaction.moveHead(proposal.number(), true, report);
                transaction.report(level);
                transaction.commit();
            }
            announcements.isLevel(proposal, level);
            LOG.info(
                    "Generation {} applied in {} ms",
                    proposal.number(),
                    outcome.took().toMillis());
        } else if (outcome instanceof Outcome.RolledBack back) {
            announcements.tell();
            fail(proposal, back.cause(), report);
        } else if (outcome instanceof Outcome.Broken broken) {
            fail(proposal, broken.cause(), report);
        }
    }

    private void fail(GenerationRecord proposal, String cause, Optional<String> report) {
        LOG.error("Generation {} failed: {}", proposal.number(), cause);
        try (StoreTransaction transaction = store.begin()) {
            transaction.fail(proposal.number(), cause, report);
            transaction.commit();
        }
    }

    private void overtake(GenerationRecord proposal) {
        try (StoreTransaction transaction = store.begin()) {
            transaction.overtake(proposal.number());
            transaction.commit();
        }
    }

    /** Another node has proven the head, or it moved while no node ran. */
    private void follow(GenerationRecord head) {
        if (head.state() == GenerationState.FAILED) {
            refusedHead = head.number();
            return;
        }
        announcements.applying();
        Optional<String> problem;
        try {
            Outcome outcome = node.change(head);
            if (outcome instanceof Outcome.Broken) {
                return;
            }
            problem = outcome instanceof Outcome.RolledBack back ? Optional.of(back.cause()) : Optional.empty();
        } catch (StoreUnreachableException e) {
            announcements.running(node.generation().orElse(null));
            throw e;
        } catch (StoreException e) {
            problem = Optional.of(Causes.oneLine(e));
        }
        if (problem.isEmpty()) {
            LOG.info("Following to generation {}", head.number());
            announcements.level(head);
        } else {
            refusedHead = head.number();
            announcements.behind("generation " + head.number() + " failed here: " + problem.get());
        }
    }

    private static String report(Outcome outcome) {
        JsonArray reset = new JsonArray();
        outcome.plan().reset().forEach(member -> {
            JsonObject json = new JsonObject();
            json.addProperty("location", member.location());
            json.addProperty("bundle", member.label());
            json.addProperty("reason", member.reason());
            reset.add(json);
        });
        JsonArray actual = new JsonArray();
        outcome.actual().forEach((location, bundle) -> {
            JsonObject json = new JsonObject();
            json.addProperty("location", location);
            json.addProperty("bundle", bundle);
            actual.add(json);
        });
        JsonObject report = new JsonObject();
        report.addProperty("millis", outcome.took().toMillis());
        report.add("reset", reset);
        report.add("actual", actual);
        if (outcome instanceof Outcome.RolledBack back && back.ofOldCode()) {
            report.addProperty(DeployResult.OF_OLD_CODE, true);
        }
        report.add("continuity", new Gson().toJsonTree(outcome.continuity()));
        return report.toString();
    }
}
