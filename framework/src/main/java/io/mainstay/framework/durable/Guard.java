package io.mainstay.framework.durable;

import org.osgi.framework.BundleException;

/** Runs code of bundles, and does not wait for it for ever. Thread-safe. */
@FunctionalInterface
public interface Guard {

    /** Code of a bundle. It may throw anything. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /**
     * Runs something on a thread of its own, and waits for it.
     *
     * @param what what is done, for people: "save the state of X"
     * @throws BundleException if it throws, or does not end in time; the message is a sentence on that
     */
    void run(String what, Action action) throws BundleException;
}
