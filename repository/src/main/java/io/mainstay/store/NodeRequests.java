package io.mainstay.store;

import java.util.List;
import java.util.Optional;

/** Carries requests to nodes, and their answers back. Thread-safe; every method may block on the database. */
public interface NodeRequests {

    /** Asks one run of a node to do something; it looks for requests as often as it looks for commits. */
    NodeRequest ask(String incarnation, NodeRequest.Kind kind, String author, String message);

    /** {@return the requests to one run of a node that are not answered yet, oldest first} */
    List<NodeRequest> open(String incarnation);

    /** Answers a request. */
    void answer(String id, NodeRequest.Answer answer);

    /** {@return a request; it is kept for a day} */
    Optional<NodeRequest> find(String id);

    /** Takes a request out, and its answer. */
    void forget(String id);
}
