package io.mainstay.framework.boot;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.node.Trial;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeRequest.Answer;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what a node is asked, one after the other. Not thread-safe; has to be closed. */
final class Requests implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

    private final Node node;
    private final Store store;
    private final String incarnation;
    private final Trials trials;
    private final DriftRequests drift;

    Requests(Node node, Store store, Follower follower, String incarnation) {
        this.node = node;
        this.store = store;
        this.incarnation = incarnation;
        this.trials = new Trials(node, store);
        this.drift = new DriftRequests(node, store, follower, incarnation, trials);
    }

    /** Answers all that is asked. */
    void answerAll() {
        for (NodeRequest request : store.requests().open(incarnation)) {
            store.requests().answer(request.id(), answer(request));
        }
    }

    private Answer answer(NodeRequest request) {
        try {
            return switch (request.kind()) {
                case ADOPT -> drift.adopt(request);
                case REPAIR -> drift.repair();
                case TRY -> trials.answer(Trial.read(request.message()));
                case UNKNOWN ->
                    refusal(
                            node,
                            "this node is older than what asks it, and does not know how; restart it with a newer Mainstay");
            };
        } catch (StoreUnreachableException e) {
            throw e;
        } catch (RefusedChangeException | RefusedBundleException | StoreException e) {
            return refusal(node, e.getMessage());
        } catch (IOException | RuntimeException e) {
            LOG.error("Cannot do what {} asked: {}", request.author(), request.kind(), e);
            return refusal(node, "cannot " + request.kind().name().toLowerCase(Locale.ROOT) + ": " + e);
        }
    }

    /** {@return the answer of a node that does not do what it is asked} */
    static Answer refusal(Node node, String why) {
        return new Answer(NodeRequest.Outcome.REFUSED, why, node.number());
    }

    @Override
    public void close() {
        trials.close();
    }
}
