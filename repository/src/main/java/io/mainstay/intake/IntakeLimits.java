package io.mainstay.intake;

/**
 * How large a bundle may be.
 *
 * @param maxBytes of the jar itself
 * @param maxExpandedBytes of all entries together, expanded
 * @param maxRatio of expanded to packed bytes; not asked of jars that expand to less than {@link #HARMLESS_BYTES}
 */
public record IntakeLimits(long maxBytes, long maxExpandedBytes, int maxRatio) {
    /** What any machine can hold: small files of one letter may have any ratio. */
    public static final long HARMLESS_BYTES = 1 << 20;

    /** 1 GiB, 4 GiB, 100 to 1. */
    public static final IntakeLimits DEFAULT = new IntakeLimits(1L << 30, 4L << 30, 100);

    /** @throws IllegalArgumentException if a limit is below 1 */
    public IntakeLimits {
        if (maxBytes < 1 || maxExpandedBytes < 1 || maxRatio < 1) {
            throw new IllegalArgumentException("Limits of the intake are 1 or more: " + maxBytes + " bytes, "
                    + maxExpandedBytes + " bytes expanded, ratio " + maxRatio);
        }
    }
}
