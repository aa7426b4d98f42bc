package io.mainstay.framework.deploy;

import com.google.gson.Gson;
import io.mainstay.framework.apply.DryRun;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.durable.Reset;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.Trial;
import io.mainstay.framework.plan.KnownContents;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.Upload;
import io.mainstay.store.ConflictException;
import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreBusyException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes generations. A change is worked out on the head and tried in a dry run; then its content and the generation are
 * stored, the generation as a proposal. Where nodes run, one of them applies it and moves the head, which is the commit;
 * where none runs, the head moves at once.
 *
 * <p>Thread-safe: each call stands for itself, and of two that collide one plans again or is told so. Has to be closed; the
 * store is its owner's.
 */
public final class Deployer implements AutoCloseable {
    /** So often a change is worked out anew on a head that has moved, when the changes do not touch the same bundles. */
    private static final int ATTEMPTS = 50;

    private static final Logger LOG = LoggerFactory.getLogger(Deployer.class);

    private final Store store;
    private final String channel;
    private final Map<String, String> configuration;
    private final LiveNodes nodes;
    private final DryRun dryRun = new DryRun();

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
     * @param force try a state again that has failed, put up with bundles that throw when they are stopped, and break
     *     promises of exported packages
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
            return Preview.ofNothing(number, target, diff);
        }
        KnownContents contents = contents(base, target, change);
        List<NodeRecord> onHead = nodes.alive().stream()
                .filter(node -> node.generation() == number)
                .toList();
        Optional<Forecast> live = onHead.stream().findFirst().map(node -> new Forecast(NodeReport.of(node.report())));
        Set<String> worn = live.map(Forecast::worn).orElse(Set.of());
        DryRun.Finding finding = triedElsewhere(onHead, number, target, change, worn)
                .orElseGet(() -> dryRun.run(
                        merged(target, configuration),
                        TargetState.of(base, contents.all()),
                        TargetState.of(target, contents.all()),
                        worn));
        ApiGuard.Finding api = new ApiGuard(store.contents(), contents).look(change, diff);
        List<ResetMember> planned = finding.reset();
        List<ResetMember> reset = live.map(node -> node.reset(planned)).orElse(planned);
        return new Preview(
                number,
                target,
                diff,
                reset,
                live.map(node -> node.services(reset)),
                finding.rewiredAtBoot(),
                api.unknown(),
                api.breaks(),
                finding.problems());
    }

    /**
     * Has a node of another process try a change: its Java and its framework properties decide what resolves there, and it
     * may have at hand what a dry run begins with. A node that runs something else than the head knows nothing of how the
     * head runs.
     */
    private Optional<DryRun.Finding> triedElsewhere(
            List<NodeRecord> onHead, long head, SystemState target, Change change, Set<String> unswapped) {
        List<Content> fresh =
                bundles(change).stream().map(CheckedBundle::content).toList();
        return onHead.stream()
                .filter(node -> LiveNodes.isAble(node) && !LiveNodes.here(node.incarnation()))
                .findFirst()
                .flatMap(node -> nodes.tried(node, change.author(), new Trial(head, target, fresh, unswapped)))
                .map(found -> new Gson().fromJson(found, DryRun.Finding.class));
    }

    /**
     * Tries a change as the first of all, where there is no store yet that could be asked.
     *
     * @throws RefusedChangeException if it does not resolve
     */
    public static void requireStart(Change change, Map<String, String> configuration) {
        SystemState target = StateEditor.edit(SystemState.EMPTY, change);
        Map<Digest, Content> contents = new HashMap<>();
        bundles(change).forEach(bundle -> contents.put(bundle.content().digest(), bundle.content()));
        try (DryRun dryRun = new DryRun()) {
            List<String> problems = dryRun.run(
                            merged(target, configuration), List.of(), TargetState.of(target, contents), Set.of())
                    .problems();
            if (!problems.isEmpty()) {
                throw refusal(0, problems);
            }
        }
    }

    private static RefusedChangeException refusal(long base, List<String> refusals) {
        String where = base == 0 ? "the first generation" : "on generation " + base;
        return new RefusedChangeException("Cannot commit " + where + ": " + refusals.get(0), refusals);
    }

    private KnownContents contents(SystemState base, SystemState target, Change change) {
        Set<Digest> digests = new HashSet<>(base.contents());
        digests.addAll(target.contents());
        Map<Digest, Content> known = new HashMap<>(dryRun.known());
        bundles(change).forEach(bundle -> known.put(bundle.content().digest(), bundle.content()));
        return new KnownContents(store.contents(), digests, known);
    }

    private static Map<String, String> merged(SystemState state, Map<String, String> configuration) {
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
        if (options.await() && Reset.isCarriedOutHere()) {
            throw new RefusedChangeException(
                    "Cannot commit from within the start or stop of a bundle that a change starts"
                            + " or stops: each would wait for the other; do it on a thread of its own, or do not wait");
        }
        ConflictException conflict = null;
        Optional<Preview> earlier = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            requireRestorable(change);
            Preview preview = preview(change);
            if (conflict != null && overlaps(change, earlier.orElseThrow(), preview)) {
                throw conflict;
            }
            if (preview.diff().isEmpty()) {
                mend(change);
                return new DeployResult(
                        Result.UNCHANGED, preview, Optional.empty(), Optional.empty(), List.of(), List.of());
            }
            List<NodeRecord> alive = nodes.alive(); // a dry run takes long enough for a node to come or to get stuck
            refuseIfItCannotWork(change, preview, alive, options);
            try {
                return carryOut(change, preview, alive, options);
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

    /** Content that is gone can be stored again only by who has it: a state that is restored has digests alone. */
    private void requireRestorable(Change change) {
        change.restore().ifPresent(state -> {
            Set<Digest> there = store.contents().find(state.contents()).keySet();
            List<String> gone = state.entries().stream()
                    .filter(entry -> !there.contains(entry.content()))
                    .map(GenerationEntry::label)
                    .toList();
            if (!gone.isEmpty()) {
                throw new RefusedChangeException("Cannot go back to a state whose content gc has dropped: "
                        + gone.get(0) + (gone.size() > 1 ? " and " + (gone.size() - 1) + " more" : "")
                        + "; deploy these bundles again, or import an export that has them");
            }
        });
    }

    /** Whether what happened on the channel meanwhile touches the bundles of this change. A restored state is all bundles. */
    private boolean overlaps(Change change, Preview planned, Preview now) {
        if (change.restore().isPresent()) {
            return true;
        }
        TreeSet<String> theirs =
                GenerationDiff.between(state(planned.base()), state(now.base())).touched();
        theirs.retainAll(planned.diff().touched());
        return !theirs.isEmpty();
    }

    private void refuseIfItCannotWork(Change change, Preview preview, List<NodeRecord> alive, Options options) {
        List<String> refusals = preview.refusals(options.force());
        if (!refusals.isEmpty()) {
            throw refusal(preview.base(), refusals);
        }
        if (!preview.diff().properties().isEmpty() && change.restore().isEmpty() && !alive.isEmpty()) {
            throw new RefusedChangeException("Cannot change framework property "
                    + preview.diff().properties().firstKey() + " while node "
                    + alive.get(0).name()
                    + " runs: framework properties are read at boot; stop the nodes, deploy, start them again");
        }
        alive.stream()
                .filter(node -> node.state() == NodeState.STUCK)
                .findFirst()
                .ifPresent(node -> {
                    throw new RefusedChangeException("Cannot change anything while node " + node.name() + " is stuck: "
                            + node.reason().orElse("restart it"));
                });
        if (!options.force()) {
            Digest state = new Generation(1, Optional.empty(), "-", "", java.time.Instant.EPOCH, preview.state())
                    .stateDigest();
            store.history().failedWith(channel, state).stream()
                    .filter(failed -> !isOfOldCode(failed) || hasParentLike(failed, preview.base()))
                    .findFirst()
                    .ifPresent(failed -> {
                        throw new RefusedChangeException("This state failed before, as generation " + failed.number()
                                + ": " + failed.cause().orElse("unknown cause")
                                + "; change it, or try it again with --force");
                    });
        }
    }

    /** What failed at the code before, such as a stop that threw, says nothing of the state once other code is there. */
    private static boolean isOfOldCode(GenerationRecord failed) {
        return failed.report()
                .filter(report -> report.contains('"' + DeployResult.OF_OLD_CODE + "\":true"))
                .isPresent();
    }

    private boolean hasParentLike(GenerationRecord failed, long base) {
        Optional<Digest> parent = failed.generation().parent().flatMap(one -> stateDigest(one.number()));
        return parent.isPresent() && parent.equals(stateDigest(base));
    }

    private Optional<Digest> stateDigest(long number) {
        return store.history().find(number).map(record -> record.generation().stateDigest());
    }

    private DeployResult carryOut(Change change, Preview preview, List<NodeRecord> alive, Options options)
            throws IOException {
        boolean alone = alive.isEmpty() && nodes.aliveOrBack().isEmpty();
        GenerationRecord proposal = propose(change, preview, alone, options);
        if (alone) {
            return result(Result.COMMITTED, preview, proposal.number(), Optional.empty());
        }
        if (!options.await()) {
            return result(Result.PROPOSED, preview, proposal.number(), Optional.empty());
        }
        GenerationRecord settled = awaitFate(proposal.number());
        if (settled.state() == GenerationState.OVERTAKEN) {
            throw conflict(preview.base());
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
                behind.isEmpty() ? Result.APPLIED : Result.PARTIAL,
                preview,
                Optional.of(settled),
                cause,
                behind,
                difference(preview, settled));
    }

    private static List<String> difference(Preview preview, GenerationRecord settled) {
        List<String> difference = settled.report()
                .map(report -> ResetDifference.between(preview.reset(), report))
                .orElse(List.of());
        difference.forEach(sentence -> LOG.warn("Generation {}, other than foreseen: {}", settled.number(), sentence));
        return difference;
    }

    private ConflictException conflict(long expected) {
        long found = store.history().headNumber(channel);
        return new ConflictException(channel, expected, found, GenerationDiff.between(state(expected), state(found)));
    }

    private SystemState state(long number) {
        return store.history()
                .find(number)
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
    }

    /** What is proposed may be committed while the store is away: whoever asked has to look. */
    private GenerationRecord awaitFate(long number) {
        try {
            return nodes.awaitFate(number);
        } catch (StoreUnreachableException e) {
            throw new StoreUnreachableException(
                    "Generation " + number + " was proposed, then the store went away (" + e.getMessage() + "); `show "
                            + number + "` tells what became of it",
                    e);
        }
    }

    private DeployResult result(Result outcome, Preview preview, long number, Optional<String> cause) {
        return new DeployResult(outcome, preview, store.history().find(number), cause, List.of(), List.of());
    }

    private GenerationRecord propose(Change change, Preview preview, boolean commit, Options options)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return proposeOnce(change, preview, commit, options);
            } catch (StoreBusyException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private GenerationRecord proposeOnce(Change change, Preview preview, boolean commit, Options options)
            throws IOException {
        try (Upload upload = new Upload(store)) {
            upload.put(bundles(change), options.progress());
            StoreTransaction transaction = upload.transaction();
            GenerationRecord proposal =
                    transaction.propose(channel, preview.base(), change.author(), change.message(), preview.state());
            if (options.force()) {
                transaction.force(proposal.number());
            }
            if (options.force() && !preview.breaks().isEmpty()) {
                String remark = "forced: " + String.join("; ", preview.breaks());
                transaction.remark(proposal.number(), remark);
                LOG.warn("Generation {} was {}", proposal.number(), remark);
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

    /** Lets go of what is kept of one change for the next. */
    @Override
    public void close() {
        dryRun.close();
    }

    /** Deploying a file again mends its content if it is damaged in the store. */
    private void mend(Change change) throws IOException {
        try (Upload upload = new Upload(store)) {
            upload.put(bundles(change), Progress.NONE);
            upload.transaction().commit();
        }
    }
}
