package io.mainstay.framework.apply;

import java.time.Duration;
import java.util.Optional;

/** One kind of thing that has to be well before a change counts as applied. Not thread-safe. */
interface GateCheck {

    /**
     * Looks once.
     *
     * @param limit how long to wait for code of bundles that does not answer
     * @return what is not well, for people; empty if all is
     */
    Optional<String> problem(Duration limit);

    /** Ends what is still under way: nobody looks any more. */
    default void end() {}
}
