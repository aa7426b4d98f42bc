package io.mainstay.framework.durable;

import java.time.Duration;

/**
 * How long things may take when services are replaced.
 *
 * @param patience how long a caller waits for a service that is being replaced
 * @param drain how long calls that are under way may go on
 */
public record CallLimits(Duration patience, Duration drain) {
    /** Callers wait longer than a drain may take, so that one that is given up fails nobody. */
    public static final CallLimits DEFAULT = new CallLimits(Duration.ofSeconds(5), Duration.ofSeconds(3));
}
