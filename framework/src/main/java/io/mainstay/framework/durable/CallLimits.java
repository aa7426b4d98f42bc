package io.mainstay.framework.durable;

import java.time.Duration;

/**
 * How long things may take when services are replaced.
 *
 * @param patience how long a caller waits for a service that is being replaced; then its call fails
 * @param drain how long calls may go on that are under way when a change begins; then the change is taken back
 * @param forced whether such a change is made all the same, under the feet of those calls
 * @param handover how long a service may take to save its state, or to restore it; then the change is taken back
 */
public record CallLimits(Duration patience, Duration drain, boolean forced, Duration handover) {}
