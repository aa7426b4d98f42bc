package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import java.util.List;
import picocli.CommandLine.Command;

/** Makes a generation of what runs on a node. */
@Command(
        name = "adopt",
        description = "Make a generation of what a node runs: bundles that were installed, updated, stopped or removed"
                + " past the store.")
final class AdoptVerb extends DriftVerb {
    AdoptVerb(Place place) {
        super(place, NodeRequest.Kind.ADOPT);
    }

    /** One generation cannot be what two nodes run that differ. */
    @Override
    List<NodeRecord> choose(List<NodeRecord> alive) {
        if (alive.isEmpty()) {
            throw new RefusedChangeException("Cannot adopt anything: no node runs");
        }
        List<NodeRecord> drifting = drifting(alive);
        if (drifting.size() > 1) {
            throw new RefusedChangeException("Several nodes differ from their generation: "
                    + drifting.stream().map(NodeRecord::name).toList() + "; say which with --node");
        }
        return drifting.isEmpty() ? alive.subList(0, 1) : drifting;
    }
}
