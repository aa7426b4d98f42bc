package io.mainstay.framework;

import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.StoreOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a node is told by framework properties. Unknown properties are Felix's or the bundles' own.
 *
 * @param store the store to run from
 * @param channel the channel to follow
 * @param node the node's name
 * @param follow whether to take over changes while running; if not, the generation of the boot stays
 * @param stepLimit how long one start, stop or refresh may take
 * @param healthLimit how long it may take after a change until components and health checks are well
 * @param pollInterval how often the store is asked for news
 * @param commitsConfigurations whether configurations that change at run time become generations; if not, they are drift
 * @param callPatience how long a caller waits for a service that is being replaced
 * @param drainLimit how long calls may go on that are under way when a change begins
 * @param drainForced whether the change is made all the same when they go on longer
 * @param handoverLimit how long a service may take to save its state, or to restore it
 * @param oldCodeLimit how long replaced code may be held before somebody is told who holds it
 * @param limits how large bundles may be that are taken in
 */
public record Settings(
        StoreOptions store,
        String channel,
        String node,
        boolean follow,
        Duration stepLimit,
        Duration healthLimit,
        Duration pollInterval,
        boolean commitsConfigurations,
        Duration callPatience,
        Duration drainLimit,
        boolean drainForced,
        Duration handoverLimit,
        Duration oldCodeLimit,
        IntakeLimits limits) {
    /** The JDBC URL of the store. */
    public static final String STORE = "mainstay.store";
    /** The database user, if the URL does not have it. */
    public static final String USER = "mainstay.store.user";
    /** The database password, if the URL does not have it. */
    public static final String PASSWORD = "mainstay.store.password";
    /** Whether to open an embedded store to other processes of this machine: {@code true} or {@code false}. */
    public static final String SHARED = "mainstay.store.shared";
    /** The channel to follow. */
    public static final String CHANNEL = "mainstay.channel";
    /** The node's name. */
    public static final String NODE = "mainstay.node";
    /** Whether to take over changes while running: {@code true} or {@code false}. */
    public static final String FOLLOW = "mainstay.follow";
    /** How long one start, stop or refresh may take, in seconds. */
    public static final String STEP_LIMIT = "mainstay.step.limit.seconds";
    /** How long it may take after a change until components and health checks are well, in seconds. */
    public static final String HEALTH_LIMIT = "mainstay.health.limit.seconds";
    /** How often the store is asked for news, in milliseconds. */
    public static final String POLL_INTERVAL = "mainstay.poll.millis";
    /** What becomes of configurations that change at run time: {@code commit} or {@code drift}. */
    public static final String CONFIGURATION_CHANGES = "mainstay.configuration.changes";
    /** How long a caller waits for a service that is being replaced, in milliseconds. */
    public static final String CALL_PATIENCE = "mainstay.call.patience.millis";
    /** How long calls may go on that are under way when a change begins, in milliseconds. */
    public static final String DRAIN_LIMIT = "mainstay.drain.limit.millis";
    /** What is done when they go on longer: {@code abort} the change, or {@code force} it. */
    public static final String DRAIN_EXPIRED = "mainstay.drain.expired";
    /** How long a service may take to save its state, or to restore it, in milliseconds. */
    public static final String HANDOVER_LIMIT = "mainstay.handover.limit.millis";
    /** How long replaced code may be held before {@code status} tells who holds it, in seconds. */
    public static final String OLD_CODE_LIMIT = "mainstay.old.code.limit.seconds";
    /** The most bytes that a bundle may have. */
    public static final String MAX_BYTES = "mainstay.intake.max.bytes";
    /** The most bytes that a bundle may expand to. */
    public static final String MAX_EXPANDED_BYTES = "mainstay.intake.max.expanded.bytes";
    /** How many times its size a bundle may expand to. */
    public static final String MAX_RATIO = "mainstay.intake.max.ratio";
    /** Set by us in every framework of ours, to the version of Mainstay: shows a bundle or test where it runs. */
    public static final String VERSION = "io.mainstay.framework.version";

    /** The store where none is named. */
    public static final String DEFAULT_STORE = "jdbc:derby:data/store";

    /** The channel where none is named. */
    public static final String DEFAULT_CHANNEL = "main";

    /** Reads settings from framework properties; what is not there has its default. */
    public static Settings of(Map<String, String> properties) {
        String url = properties.getOrDefault(STORE, DEFAULT_STORE);
        StoreOptions options = StoreOptions.of(url);
        if (properties.containsKey(USER)) {
            options = options.as(properties.get(USER), properties.getOrDefault(PASSWORD, ""));
        }
        if (Boolean.parseBoolean(properties.get(SHARED))) {
            options = options.share();
        }
        return new Settings(
                options,
                properties.getOrDefault(CHANNEL, DEFAULT_CHANNEL),
                Optional.ofNullable(properties.get(NODE))
                        .orElseGet(() -> nodeName(url + Path.of("").toAbsolutePath())),
                Boolean.parseBoolean(properties.getOrDefault(FOLLOW, "true")),
                Duration.ofSeconds(number(properties, STEP_LIMIT, 60)),
                Duration.ofSeconds(number(properties, HEALTH_LIMIT, 30)),
                Duration.ofMillis(number(properties, POLL_INTERVAL, 100)),
                commitsConfigurations(properties.getOrDefault(CONFIGURATION_CHANGES, "commit")),
                Duration.ofMillis(number(properties, CALL_PATIENCE, 5_000)),
                Duration.ofMillis(number(properties, DRAIN_LIMIT, 3_000)), // shorter, so that one given up fails nobody
                drainForced(properties.getOrDefault(DRAIN_EXPIRED, "abort").strip()),
                Duration.ofMillis(number(properties, HANDOVER_LIMIT, 2_000)),
                Duration.ofSeconds(number(properties, OLD_CODE_LIMIT, 60)),
                new IntakeLimits(
                        number(properties, MAX_BYTES, IntakeLimits.DEFAULT.maxBytes()),
                        number(properties, MAX_EXPANDED_BYTES, IntakeLimits.DEFAULT.maxExpandedBytes()),
                        (int) number(properties, MAX_RATIO, IntakeLimits.DEFAULT.maxRatio())));
    }

    private static boolean commitsConfigurations(String value) {
        return switch (value) {
            case "commit" -> true;
            case "drift" -> false;
            default ->
                throw new IllegalArgumentException(
                        CONFIGURATION_CHANGES + " is '" + value + "'; it takes commit or drift");
        };
    }

    private static boolean drainForced(String expired) {
        if (!expired.equals("abort") && !expired.equals("force")) {
            throw new IllegalArgumentException(DRAIN_EXPIRED + " is '" + expired + "'; it takes abort or force");
        }
        return expired.equals("force");
    }

    private static long number(Map<String, String> properties, String name, long otherwise) {
        String value = properties.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.strip());
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below, together with what is out of range
        }
        throw new IllegalArgumentException(name + " is '" + value + "'; it takes a whole number above 0");
    }

    /** {@return a name for a node of this host, the same for the same {@code place}, such as its working folder} */
    public static String nodeName(String place) {
        CRC32 hash = new CRC32();
        hash.update(place.getBytes(StandardCharsets.UTF_8));
        return hostName() + "-" + String.format("%04x", hash.getValue() & 0xffff);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
