package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import java.util.List;
import picocli.CommandLine.Command;

/** Takes drift away. */
@Command(
        name = "repair",
        description = "Take away what differs from the generation on all nodes: bundles that were installed, updated,"
                + " stopped or removed past the store.")
final class RepairVerb extends DriftVerb {
    RepairVerb(Place place) {
        super(place, NodeRequest.Kind.REPAIR);
    }

    @Override
    List<NodeRecord> choose(List<NodeRecord> alive) {
        if (alive.isEmpty()) {
            throw new RefusedChangeException(
                    "Nothing to repair: no node runs, and a boot takes the generation as it is");
        }
        List<NodeRecord> drifting = drifting(alive);
        return drifting.isEmpty() ? alive.subList(0, 1) : drifting;
    }
}
