package io.mainstay.framework.content;

import io.mainstay.store.Digest;
import org.osgi.framework.BundleException;
import org.osgi.framework.connect.ConnectContent;

/** Gives the content of a digest to a framework. Thread-safe; never blocks on the database. */
public interface ContentShelf {

    /**
     * {@return a fresh view of the content}
     *
     * @param location the location of the bundle that it is for
     * @throws BundleException if the content is not at hand
     */
    ConnectContent content(Digest digest, String location) throws BundleException;

    /** Called when the framework has stopped. */
    default void clear() {}
}
