package io.mainstay.framework.boot;

import com.google.gson.Gson;
import io.mainstay.framework.apply.DryRun;
import io.mainstay.framework.node.Trial;
import io.mainstay.framework.plan.KnownContents;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.NodeRequest.Answer;
import io.mainstay.store.NodeRequest.Outcome;
import io.mainstay.store.Store;
import io.mainstay.store.SystemState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tries changes for those who want to make them elsewhere: what resolves depends on the Java that runs here, and on the properties
 * that the framework was given. Nothing is changed. Not thread-safe; has to be closed.
 */
final class Trials implements AutoCloseable {
    private final Node node;
    private final Store store;
    private final DryRun dryRun = new DryRun();

    Trials(Node node, Store store) {
        this.node = node;
        this.store = store;
    }

    /** {@return what came of it, as JSON of a {@link DryRun.Finding}; a refusal, if the node runs something else than its base} */
    Answer answer(Trial trial) {
        long number = node.number();
        if (trial.base() != number) {
            return Requests.refusal(node, "the node runs generation " + number);
        }
        SystemState base = node.state();
        Map<Digest, Content> contents = contents(base, trial);
        DryRun.Finding finding = dryRun.run(
                properties(trial.wanted()),
                TargetState.of(base, contents),
                TargetState.of(trial.wanted(), contents),
                trial.unswapped());
        return new Answer(Outcome.DONE, new Gson().toJson(finding), number);
    }

    private Map<Digest, Content> contents(SystemState base, Trial trial) {
        Map<Digest, Content> known = new HashMap<>(dryRun.known());
        trial.fresh().forEach(content -> known.put(content.digest(), content));
        Set<Digest> digests = new HashSet<>(base.contents());
        digests.addAll(trial.wanted().contents());
        return new KnownContents(store.contents(), digests, known).all();
    }

    /** {@return the problems of a change to what the node's generation says} */
    List<String> problems(SystemState base, SystemState wanted, Map<Digest, Content> contents) {
        return dryRun.run(properties(base), TargetState.of(base, contents), TargetState.of(wanted, contents), Set.of())
                .problems();
    }

    private Map<String, String> properties(SystemState state) {
        Map<String, String> properties = new HashMap<>(state.frameworkProperties());
        properties.putAll(node.configuration());
        return properties;
    }

    @Override
    public void close() {
        dryRun.close();
    }
}
