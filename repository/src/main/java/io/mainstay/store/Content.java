package io.mainstay.store;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** Eclipse's header of a bundle that has the source of another one, and nothing else. */
    public static final String SOURCE_BUNDLE = "Eclipse-SourceBundle";

    /** Ours, of a source bundle that was attached: the digest of the content that it has the source of. */
    public static final String SOURCE_OF_CONTENT = "Mainstay-Source-Of";
    /** Ours, of a source bundle that was attached: the digests of those in whose place it was. */
    public static final String SOURCE_REPLACES = "Mainstay-Source-Replaces";

    private static final Pattern SOURCE_OF =
            Pattern.compile("\\s*([^;,\\s]+)\\s*;(?:[^,]*;)?\\s*version\\s*=\\s*\"?([^\";,\\s]+).*");

    /** Copies the headers. */
    public Content {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    /** {@return the label of the bundle that this has the source of; empty if it is no source bundle} */
    public Optional<String> sourceOf() {
        Matcher matcher = SOURCE_OF.matcher(headers.getOrDefault(SOURCE_BUNDLE, ""));
        return matcher.matches() ? Optional.of(matcher.group(1) + " " + matcher.group(2)) : Optional.empty();
    }

    /** {@return the content that this has the source of, if it was attached to just that} */
    public Optional<Digest> sourceOfContent() {
        return Optional.ofNullable(headers.get(SOURCE_OF_CONTENT))
                .map(String::strip)
                .filter(text -> text.matches("[0-9a-f]{64}"))
                .map(Digest::new);
    }

    /** {@return name and version as people write them: {@code org.acme.foo 1.2.3}} */
    public String label() {
        return symbolicName + " " + version;
    }
}
