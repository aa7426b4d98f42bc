package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.store.GenerationRecord;

/** Finds generations by what people type. */
final class Generations {
    private Generations() {}

    static GenerationRecord require(Place place, long number) {
        return place.store()
                .history()
                .find(number)
                .orElseThrow(() -> new RefusedChangeException("There is no generation " + number + " in "
                        + place.store().url() + "; `log` lists what there is"));
    }
}
