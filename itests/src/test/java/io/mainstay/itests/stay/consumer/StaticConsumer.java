package io.mainstay.itests.stay.consumer;

import io.mainstay.itests.stay.api.Hop;
import io.mainstay.itests.stay.api.Trace;

/** A component with a static reference, which Declarative Services would deactivate if its service went. */
public final class StaticConsumer {
    private final Thread caller;

    /** Makes it with its service. */
    public StaticConsumer(Hop service) {
        caller = new Thread(() -> Trace.callUntilInterrupted(service, 2, Trace.COMPONENT_CALLS), "component");
        caller.setDaemon(true);
    }

    /** Begins to call. */
    public void activate() {
        caller.start();
    }

    /** Ends. */
    public void deactivate() throws InterruptedException {
        Trace.DEACTIVATIONS.incrementAndGet();
        caller.interrupt();
        caller.join();
    }
}
