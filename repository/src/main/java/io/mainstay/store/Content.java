package io.mainstay.store;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.Version;

/**
 * Describes the bytes of one bundle, without holding them.
 *
 * @param digest the name of the bytes
 * @param sizeBytes their number
 * @param symbolicName the bundle's symbolic name, without directives
 * @param version the bundle's version
 * @param headers the main section of its manifest; keys are found in any case (OSGi Core 8, 3.2.1). What the manifests of
 *     a multi-release jar add for later versions of Java stands behind {@code META-INF/versions/N/}, what is in a package
 *     that is exported and imported behind {@link #SUBSTITUTABLE}
 */
public record Content(
        Digest digest, long sizeBytes, String symbolicName, Version version, Map<String, String> headers) {
    /** Before the name of a package; the value is a digest of its entries, and the versions that are imported. */
    public static final String SUBSTITUTABLE = "substitutable/";

    /** Copies the headers. */
    public Content {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    /** {@return name and version as people write them: {@code org.acme.foo 1.2.3}} */
    public String label() {
        return symbolicName + " " + version;
    }
}
