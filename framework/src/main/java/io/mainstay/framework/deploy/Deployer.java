package io.mainstay.framework.deploy;

import io.mainstay.framework.apply.DryRun;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.Upload;
import io.mainstay.store.ConflictException;
import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes generations. A change is worked out on the head and tried in a dry run; then its content and the generation are
 * stored, the generation as a proposal. Where nodes run, one of them applies it and moves the head, which is the commit;
 * where none runs, the head moves at once.
 *
 * <p>Thread-safe: each call stands for itself, and of two that collide one plans again or is told so.
 */
public final class Deployer {
    /** So often a change is worked out anew on a head that has moved, when the changes do not touch the same bundles. */
    private static final int ATTEMPTS = 20;

    private final Store store;
    private final String channel;
    private final Map<String, String> configuration;
    private final LiveNodes nodes;

    /**
     * Makes a deployer.
     *
     * @param configuration framework properties that nodes have besides those of the generation
     */
    public Deployer(Store store, String channel, Map<String, String> configuration) {
        this.store = store;
        this.channel = channel;
        this.configuration = Map.copyOf(configuration);
        this.nodes = new LiveNodes(store, channel);
    }

    /**
     * How to deploy.
     *
     * @param force try a state again that has failed, and put up with bundles that throw when they are stopped
     * @param await wait until nodes have applied it
     * @param progress told the bytes stored and to be stored
     */
    public record Options(boolean force, boolean await, Progress progress) {
        /** Not forced, waiting, silent. */
        public static final Options DEFAULT = new Options(false, true, Progress.NONE);
    }

    /** Works out what a change would do, and changes nothing. */
    public Preview preview(Change change) {
        Optional<GenerationRecord> head = store.history().head(channel);
        SystemState base = head.map(record -> record.generation().state()).orElse(SystemState.EMPTY);
        SystemState target = StateEditor.edit(base, change);
        GenerationDiff diff = GenerationDiff.between(base, target);
        long number = head.map(GenerationRecord::number).orElse(0L);
        if (diff.isEmpty()) {
            return new Preview(number, target, diff, List.of(), List.of());
        }
        Map<Digest, Content> contents = contents(base, target, change);
        DryRun.Finding finding =
                new DryRun(merged(target)).run(TargetState.of(base, contents), TargetState.of(target, contents));
        return new Preview(number, target, diff, finding.plan().reset(), finding.problems());
    }

    private Map<Digest, Content> contents(SystemState base, SystemState target, Change change) {
        Set<Digest> digests = new HashSet<>(base.contents());
        digests.addAll(target.contents());
        Map<Digest, Content> contents = new HashMap<>(store.contents().find(digests));
        for (Change.Addition addition : change.additions()) {
            contents.put(addition.bundle().content().digest(), addition.bundle().content());
        }
        return contents;
    }

    private Map<String, String> merged(SystemState state) {
        Map<String, String> merged = new HashMap<>(state.frameworkProperties());
        merged.putAll(configuration);
        return merged;
    }

    /**
     * Makes a change.
     *
     * @throws RefusedChangeException if it does not resolve, failed before, or does not say what it means
     * @throws ConflictException if others keep changing the same bundles
     * @throws IOException if a bundle cannot be read
     */
    public DeployResult deploy(Change change, Options options) throws IOException {
        ConflictException conflict = null;
        Optional<Preview> earlier = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Preview preview = preview(change);
            if (conflict != null && overlaps(change, earlier.orElseThrow(), preview)) {
                throw conflict;
            }
            if (preview.diff().isEmpty()) {
                mend(change);
                return new DeployResult(Result.UNCHANGED, preview, Optional.empty(), Optional.empty(), List.of());
            }
            refuseIfItCannotWork(preview, options);
            try {
                return carryOut(change, preview, options);
            } catch (ConflictException e) {
                conflict = e;
                earlier = Optional.of(preview);
            } catch (ContentMissingException e) {
                // gc has just taken content that was found in the store: the next attempt stores it again
                earlier = Optional.of(preview);
            }
        }
        throw conflict == null
                ? new RefusedChangeException(
                        "Content that this change needs is missing in the store; `verify` says more")
                : conflict;
    }

    /** Whether what happened on the channel meanwhile touches the bundles of this change. A restored state is all bundles. */
    private boolean overlaps(Change change, Preview planned, Preview now) {
        if (change.restore().isPresent()) {
            return true;
        }
        SystemState before = store.history()
                .find(planned.base())
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
        SystemState after = store.history()
                .find(now.base())
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
        TreeSet<String> theirs = GenerationDiff.between(before, after).touched();
        theirs.retainAll(planned.diff().touched());
        return !theirs.isEmpty();
    }

    private void refuseIfItCannotWork(Preview preview, Options options) {
        if (!preview.problems().isEmpty()) {
            throw new RefusedChangeException(
                    "Cannot commit on generation " + preview.base() + ": "
                            + preview.problems().get(0),
                    preview.problems());
        }
        if (!preview.diff().properties().isEmpty() && !nodes.alive().isEmpty()) {
            throw new RefusedChangeException("Cannot change framework property "
                    + preview.diff().properties().firstKey() + " while node "
                    + nodes.alive().get(0).name()
                    + " runs: framework properties are read at boot; stop the nodes, deploy, start them again");
        }
        nodes.alive().stream()
                .filter(node -> node.state() == NodeState.STUCK)
                .findFirst()
                .ifPresent(node -> {
                    throw new RefusedChangeException("Cannot change anything while node " + node.name() + " is stuck: "
                            + node.reason().orElse("restart it"));
                });
        if (!options.force()) {
            Digest state = new Generation(1, Optional.empty(), "-", "", java.time.Instant.EPOCH, preview.state())
                    .stateDigest();
            store.history().failedWith(channel, state).ifPresent(failed -> {
                throw new RefusedChangeException("This state failed before, as generation " + failed.number() + ": "
                        + failed.cause().orElse("unknown cause") + "; change it, or try it again with --force");
            });
        }
    }

    private DeployResult carryOut(Change change, Preview preview, Options options) throws IOException {
        boolean alone = nodes.alive().isEmpty();
        GenerationRecord proposal = propose(change, preview, alone, options);
        if (alone) {
            return result(Result.COMMITTED, preview, proposal.number(), Optional.empty());
        }
        if (!options.await()) {
            return result(Result.PROPOSED, preview, proposal.number(), Optional.empty());
        }
        GenerationRecord settled = awaitFate(proposal.number());
        if (settled.state() == GenerationState.OVERTAKEN) {
            throw new ConflictException(channel, preview.base(), store.history().headNumber(channel));
        }
        if (settled.state() == GenerationState.FAILED) {
            return result(Result.FAILED, preview, settled.number(), settled.cause());
        }
        if (settled.state() == GenerationState.COMMITTED) {
            return result(Result.COMMITTED, preview, settled.number(), Optional.empty());
        }
        List<NodeRecord> behind = nodes.awaitAll(settled.number());
        Optional<String> cause = behind.stream()
                .map(node -> "node " + node.name() + " runs generation " + node.generation() + ": "
                        + node.reason().orElse("it did not follow in time"))
                .findFirst();
        return new DeployResult(
                behind.isEmpty() ? Result.APPLIED : Result.PARTIAL, preview, Optional.of(settled), cause, behind);
    }

    /** What is proposed may be committed while the store is away: whoever asked has to look. */
    private GenerationRecord awaitFate(long number) {
        try {
            return nodes.awaitFate(number);
        } catch (StoreUnreachableException e) {
            throw new StoreUnreachableException(
                    "Generation " + number + " was proposed, then the store went away (" + e.getMessage()
                            + "); `status` and `log` tell what became of it",
                    e);
        }
    }

    private DeployResult result(Result outcome, Preview preview, long number, Optional<String> cause) {
        return new DeployResult(outcome, preview, store.history().find(number), cause, List.of());
    }

    private GenerationRecord propose(Change change, Preview preview, boolean commit, Options options)
            throws IOException {
        try (Upload upload = new Upload(store)) {
            upload.put(bundles(change), options.progress());
            StoreTransaction transaction = upload.transaction();
            GenerationRecord proposal =
                    transaction.propose(channel, preview.base(), change.author(), change.message(), preview.state());
            if (options.force()) {
                transaction.force(proposal.number());
            }
            if (commit) {
                transaction.moveHead(proposal.number(), false, Optional.empty());
            }
            transaction.commit();
            return proposal;
        }
    }

    private static List<CheckedBundle> bundles(Change change) {
        return change.additions().stream().map(Change.Addition::bundle).toList();
    }

    /** Deploying a file again mends its content if it is damaged in the store. */
    private void mend(Change change) throws IOException {
        try (Upload upload = new Upload(store)) {
            upload.put(bundles(change), Progress.NONE);
            upload.transaction().commit();
        }
    }
}
