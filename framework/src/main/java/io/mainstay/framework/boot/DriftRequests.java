package io.mainstay.framework.boot;

import io.mainstay.framework.apply.ForeignBundles;
import io.mainstay.framework.apply.Outcome;
import io.mainstay.framework.deploy.Locations;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.intake.Upload;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeRequest.Answer;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.osgi.framework.Bundle;

/**
 * Does what a node is asked to do about what somebody has done past its store. Adopting makes an ordinary generation,
 * tried and proven as any other; repairing is a change to the generation that the node has already.
 */
final class DriftRequests {
    private final Node node;
    private final Store store;
    private final Follower follower;
    private final String incarnation;
    private final Trials trials;

    DriftRequests(Node node, Store store, Follower follower, String incarnation, Trials trials) {
        this.node = node;
        this.trials = trials;
        this.store = store;
        this.follower = follower;
        this.incarnation = incarnation;
    }

    /** Makes a generation of what runs. */
    Answer adopt(NodeRequest request) throws IOException {
        follower.requireFollowing();
        long head = store.history().headNumber(node.settings().channel());
        if (head != node.number()) {
            throw new RefusedChangeException(
                    "Cannot adopt anything: the node runs generation " + node.number() + ", and the head is " + head);
        }
        SystemState state = node.state();
        Drift drift = node.drift();
        if (drift.isEmpty()) {
            return unchanged();
        }
        List<String> texts = drift.texts(); // before it is mended
        Map<String, String> unreadable = new TreeMap<>();
        ForeignBundles foreign = read(drift, unreadable);
        for (Map.Entry<String, String> one : unreadable.entrySet()) {
            throw new RefusedChangeException("Cannot adopt what is installed at " + one.getKey() + ": " + one.getValue()
                    + "; `repair` takes it away");
        }
        SystemState wanted = movable(drift.actual(state, foreign));
        GenerationRecord proposal =
                propose(request, state, wanted, List.copyOf(foreign.readable().values()));
        follower.prove(proposal, drift.actual(state, foreign), foreign);
        GenerationRecord settled = store.history().find(proposal.number()).orElseThrow();
        return settled.state() == GenerationState.PROVEN
                ? new Answer(
                        NodeRequest.Outcome.DONE, text(texts, "adopted as generation " + node.number()), node.number())
                : Requests.refusal(
                        node,
                        "cannot adopt what differs: "
                                + settled.cause().orElse("somebody else has committed meanwhile; try again"));
    }

    private Answer unchanged() {
        return new Answer(
                NodeRequest.Outcome.UNCHANGED, "nothing differs from generation " + node.number(), node.number());
    }

    private static String text(List<String> texts, String what) {
        return what + ":\n  " + String.join("\n  ", texts);
    }

    private GenerationRecord propose(
            NodeRequest request, SystemState state, SystemState wanted, List<CheckedBundle> bundles)
            throws IOException {
        Map<Digest, Content> contents = new HashMap<>(store.contents().find(state.contents()));
        bundles.forEach(bundle -> contents.put(bundle.content().digest(), bundle.content()));
        List<String> problems = trials.problems(state, wanted, contents);
        if (!problems.isEmpty()) {
            throw new RefusedChangeException("Cannot adopt what differs: " + problems.get(0), problems);
        }
        try (Upload upload = new Upload(store)) {
            upload.put(bundles, Progress.NONE);
            StoreTransaction transaction = upload.transaction();
            String message = request.message().isBlank()
                    ? "Adopt what runs on " + node.settings().node()
                    : request.message();
            GenerationRecord proposal =
                    transaction.propose(node.settings().channel(), node.number(), request.author(), message, wanted);
            transaction.claim(proposal.number(), incarnation, node.settings().stepLimit());
            transaction.commit();
            return proposal;
        }
    }

    /** Felix reads some locations itself, without asking where the store has them: such bundles get one of ours. */
    private static SystemState movable(SystemState actual) {
        Set<String> taken = new HashSet<>();
        actual.entries().forEach(entry -> taken.add(entry.location()));
        List<GenerationEntry> entries = new ArrayList<>();
        for (GenerationEntry entry : actual.entries()) {
            boolean stays = !entry.location().startsWith("inputstream:")
                    && !entry.location().startsWith("reference:");
            String location = stays ? entry.location() : Locations.free(entry.symbolicName(), taken::contains);
            taken.add(location);
            entries.add(new GenerationEntry(
                    location,
                    entry.symbolicName(),
                    entry.version(),
                    entry.content(),
                    entry.startLevel(),
                    entry.autostart()));
        }
        return SystemState.of(
                entries, actual.frameworkProperties(), actual.configurations().values());
    }

    /** Takes away what was done past the store. */
    Answer repair() throws IOException {
        Drift drift = node.drift();
        if (drift.isEmpty()) {
            return unchanged();
        }
        List<String> texts = drift.texts();
        ForeignBundles foreign = read(drift, new TreeMap<>());
        Outcome outcome = follower.repair(drift.actual(node.state(), foreign), foreign);
        if (outcome instanceof Outcome.RolledBack back) {
            return Requests.refusal(node, "cannot repair, all is as it was: " + back.cause());
        }
        if (outcome instanceof Outcome.Broken broken) {
            return Requests.refusal(node, "cannot repair: " + broken.cause() + "; restart the node");
        }
        Drift left = node.drift();
        return left.isEmpty()
                ? new Answer(NodeRequest.Outcome.DONE, text(texts, "repaired"), node.number())
                : Requests.refusal(
                        node,
                        "not all is repaired; restart the node if this stays:\n  " + String.join("\n  ", left.texts()));
    }

    /**
     * Reads the bundles that came past the store into memory.
     *
     * @param unreadable gets the locations of those that cannot be read or are not sound, and why
     */
    private ForeignBundles read(Drift drift, Map<String, String> unreadable) throws IOException {
        BundleIntake intake = new BundleIntake(node.settings().limits());
        FelixCache cache = node.felixCache();
        Map<String, CheckedBundle> readable = new HashMap<>();
        for (Bundle bundle : drift.foreign()) {
            String location = bundle.getLocation();
            Optional<Path> jar = cache.jar(bundle);
            try {
                if (jar.isPresent()) {
                    byte[] bytes = Files.readAllBytes(jar.get());
                    readable.put(location, intake.check(ContentSource.of(location, bytes)));
                } else {
                    unreadable.put(location, "Felix has no jar of it; deploy its file");
                }
            } catch (RefusedBundleException e) {
                unreadable.put(location, e.getMessage());
            }
        }
        return new ForeignBundles(readable, unreadable.keySet());
    }
}
