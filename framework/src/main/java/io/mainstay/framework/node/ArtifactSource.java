package io.mainstay.framework.node;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/** Fetches Maven artifacts for the shell: a service that the launcher registers, if it can. Thread-safe. */
@ConsumerType
public interface ArtifactSource {

    /** Says whether {@code text} is a coordinate: {@code mvn:G/A/V} or {@code G:A:V}. */
    boolean isCoordinate(String text);

    /**
     * Fetches an artifact as Maven would.
     *
     * @throws IOException if it cannot be had; the message says why in one line
     */
    Path fetch(String coordinate) throws IOException;
}
