package io.mainstay.framework.boot;

import io.mainstay.store.Generation;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.History;
import java.util.Optional;

/** Walks back in history, one generation at a time, so that a long one costs nothing. */
final class Ancestors {
    private Ancestors() {}

    /** {@return the youngest generation before {@code from} that a node has run and whose content is kept} */
    static Optional<GenerationRecord> proven(History history, GenerationRecord from) {
        Optional<GenerationRecord> next = parent(history, from);
        while (next.isPresent()
                && !(next.get().state() == GenerationState.PROVEN && next.get().retained())) {
            next = parent(history, next.get());
        }
        return next;
    }

    private static Optional<GenerationRecord> parent(History history, GenerationRecord record) {
        return record.generation().parent().map(Generation.Parent::number).flatMap(history::find);
    }
}
