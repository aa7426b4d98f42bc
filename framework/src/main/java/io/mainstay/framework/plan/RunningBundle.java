package io.mainstay.framework.plan;

import io.mainstay.store.Digest;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Version;

/**
 * A bundle as a framework has it now.
 *
 * @param location where it is installed
 * @param label its name and version
 * @param content what Felix has been given for it
 * @param foreign whether that came past the store: then it is not what the store has, even if the bytes are the same
 * @param startLevel its start level
 * @param state how far it is
 * @param fragmentHost the symbolic name of its host; empty if it is no fragment
 * @param symbolicName its symbolic name
 * @param providers the locations of the bundles that it is wired to, hosts and fragments included
 * @param sharing how others use it
 */
public record RunningBundle(
        String location,
        String label,
        Digest content,
        boolean foreign,
        int startLevel,
        State state,
        Optional<String> fragmentHost,
        String symbolicName,
        Set<String> providers,
        Sharing sharing) {

    /** How far a bundle is; the two kinds of ACTIVE count as one. */
    public enum State {
        /** Installed, not resolved. */
        INSTALLED,
        /** Resolved; for a fragment, this is all there is. */
        RESOLVED,
        /** Active, or waiting for its first class to be loaded. */
        ACTIVE
    }

    /** {@return its version, which its label ends with} */
    public Version version() {
        return Version.parseVersion(label.substring(label.lastIndexOf(' ') + 1));
    }

    /** Copies the providers. */
    public RunningBundle {
        providers = Set.copyOf(providers);
    }
}
