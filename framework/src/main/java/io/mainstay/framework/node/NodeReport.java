package io.mainstay.framework.node;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;
import java.util.Map;

/**
 * What a node tells of itself, beside its generation: written to the store as JSON.
 *
 * @param bundles the bundles of its generation, and how they are
 * @param drift what differs from the generation, a sentence each
 * @param fixed whether it runs the generation of its boot, whatever is committed meanwhile
 * @param live how the bundles of the framework use each other, foreign ones and the node's own included; not the system
 *     bundle's
 * @param held replaced code that somebody holds for longer than a limit, the oldest first
 * @param lastChange the last change that it has tried; null before the first
 * @param booting the boot that is under way, or was when the process ended; null where it came to an end
 */
public record NodeReport(
        List<BundleReport> bundles,
        List<String> drift,
        boolean fixed,
        List<LiveBundle> live,
        List<HeldCode> held,
        LastChange lastChange,
        Booting booting) {
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

    /**
     * What a bundle uses and gives. Bundles are named by their numbers, because there are many such names.
     *
     * @param id its number in this framework, until the next boot
     * @param location where it is installed
     * @param label its name and version
     * @param wiredTo the numbers of the bundles that it is wired to, hosts and fragments included
     * @param services the services that it has registered
     * @param passing the types of services that do not stay when it is reset, with the reason
     * @param earlier how many revisions of it wait for its next reset, because it was swapped under its users
     */
    public record LiveBundle(
            long id,
            String location,
            String label,
            List<Long> wiredTo,
            List<LiveService> services,
            Map<String, String> passing,
            int earlier) {}

    /**
     * A service.
     *
     * @param types the interfaces that it is registered by
     * @param usedBy the numbers of other bundles that use it
     * @param typesOf the numbers of the bundles that its interfaces are of: it goes when one of these is wired anew
     */
    public record LiveService(List<String> types, List<Long> usedBy, List<Long> typesOf) {
        /** Takes a report that does not say what the types are of. */
        public LiveService {
            typesOf = typesOf == null ? List.of() : typesOf;
        }
    }

    /**
     * Replaced code that does not go away, because somebody holds an object of it.
     *
     * @param bundle name and version of the bundle
     * @param generation the last generation that it was part of
     * @param since when it was replaced, by the node's clock, as ISO 8601 has it
     * @param holder who holds it, as far as it could be found out
     */
    public record HeldCode(String bundle, long generation, String since, String holder) {}

    /**
     * A boot of a generation that has not worked anywhere yet.
     *
     * @param generation the generation
     * @param attempts how often this node has begun to boot it, without coming to an end
     */
    public record Booting(long generation, int attempts) {}

    /**
     * A change that a node has tried.
     *
     * @param generation what it tried
     * @param outcome one of the constants
     * @param cause why it failed; null if it did not
     * @param millis how long it took, in milliseconds, the way back included
     * @param instant when it was over, by the node's clock, as ISO 8601 has it
     * @param continuity how services went on
     */
    public record LastChange(
            long generation, String outcome, String cause, long millis, String instant, Continuity continuity) {
        /** The node runs it, or has run it. */
        public static final String APPLIED = "applied";
        /** It failed, and all is as it was. */
        public static final String ROLLED_BACK = "rolled_back";
        /** It failed, and so did the way back. */
        public static final String BROKEN = "broken";
    }

    /**
     * How services went on through a change.
     *
     * @param waited the number of calls that waited for a service that was being replaced
     * @param failed the number of those that waited in vain
     * @param longestWaitMillis the longest wait, in milliseconds
     * @param drainMillis how long calls took that were under way when it began, in milliseconds
     * @param handedOver the number of services whose state in memory went on in new code
     * @param leftBehind state in memory that did not, a sentence each
     */
    public record Continuity(
            long waited,
            long failed,
            long longestWaitMillis,
            long drainMillis,
            int handedOver,
            List<String> leftBehind) {
        /** Nobody has noticed anything. */
        public static final Continuity NONE = new Continuity(0, 0, 0, 0, 0, List.of());

        /** Copies. */
        public Continuity {
            leftBehind = leftBehind == null ? List.of() : List.copyOf(leftBehind);
        }
    }

    /** Makes a report of a node that follows its channel, and has tried no change. */
    public NodeReport(List<BundleReport> bundles, List<String> drift) {
        this(bundles, drift, false, List.of(), List.of(), null, null);
    }

    /** {@return this report with another last change, and another boot} */
    public NodeReport after(LastChange change, Booting boot) {
        return new NodeReport(bundles, drift, fixed, live, held, change, boot);
    }

    /** Copies. */
    public NodeReport {
        bundles = bundles == null ? List.of() : List.copyOf(bundles);
        drift = drift == null ? List.of() : List.copyOf(drift);
        live = live == null ? List.of() : List.copyOf(live);
        held = held == null ? List.of() : List.copyOf(held);
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
