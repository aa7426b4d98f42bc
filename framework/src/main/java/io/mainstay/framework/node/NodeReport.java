package io.mainstay.framework.node;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;

/**
 * What a node tells of itself, beside its generation: written to the store as JSON.
 *
 * @param bundles the bundles of its generation, and how they are
 * @param drift what differs from the generation, a sentence each
 * @param fixed whether it runs the generation of its boot, whatever is committed meanwhile
 */
public record NodeReport(List<BundleReport> bundles, List<String> drift, boolean fixed) {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** Before the first generation. */
    public static final NodeReport EMPTY = new NodeReport(List.of(), List.of());

    /**
     * One bundle.
     *
     * @param location where it is installed
     * @param symbolicName its symbolic name
     * @param version its version
     * @param digest the SHA-256 of its content
     * @param state its state, by OSGi's names
     * @param startLevel its start level
     */
    public record BundleReport(
            String location, String symbolicName, String version, String digest, String state, int startLevel) {}

    /** Makes a report of a node that follows its channel. */
    public NodeReport(List<BundleReport> bundles, List<String> drift) {
        this(bundles, drift, false);
    }

    /** Copies. */
    public NodeReport {
        bundles = bundles == null ? List.of() : List.copyOf(bundles);
        drift = drift == null ? List.of() : List.copyOf(drift);
    }

    /** Writes JSON. */
    public String toJson() {
        return GSON.toJson(this);
    }

    /** Reads what {@link #toJson} wrote. */
    public static NodeReport of(String json) {
        NodeReport report = GSON.fromJson(json, NodeReport.class);
        return report == null ? EMPTY : report;
    }
}
