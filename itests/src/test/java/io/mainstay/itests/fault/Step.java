package io.mainstay.itests.fault;

import io.mainstay.store.spi.Milestone;

/**
 * A moment in the life of a {@link FaultyProcess}.
 *
 * @param phase {@code BOOT}, {@code DEPLOY} or {@code END}
 * @param milestone what is reached then
 * @param pass for which time in that phase
 */
record Step(String phase, Milestone milestone, int pass) {

    static Step of(String text) {
        String[] parts = text.split(":");
        return new Step(parts[0], Milestone.valueOf(parts[1]), Integer.parseInt(parts[2]));
    }

    @Override
    public String toString() {
        return phase + ":" + milestone + ":" + pass;
    }
}
