package io.mainstay.store;

/** Says that a channel's head has moved since the change was planned; nothing was changed. Plan again. */
public final class ConflictException extends StoreException {
    private static final long serialVersionUID = 1L;
    private final String channel;
    private final long expected;
    private final long found;

    /** Makes an exception for a head expected at {@code expected} and found at {@code found}; 0 is before the first. */
    public ConflictException(String channel, long expected, long found) {
        super("Cannot commit on generation " + expected + ": channel " + channel + " moved to " + found
                + "; plan again");
        this.channel = channel;
        this.expected = expected;
        this.found = found;
    }

    /** {@return the channel} */
    public String channel() {
        return channel;
    }

    /** {@return where the change expected the head} */
    public long expected() {
        return expected;
    }

    /** {@return where the head is} */
    public long found() {
        return found;
    }
}
