package io.mainstay.store;

import java.util.ArrayList;
import java.util.List;

/** Says that a channel's head has moved since the change was planned; nothing was changed. Plan again. */
public final class ConflictException extends StoreException {
    private static final long serialVersionUID = 1L;
    /** So many things that moved are named. */
    private static final int NAMED = 3;

    private final String channel;
    private final long expected;
    private final long found;
    private final transient GenerationDiff moved;

    /**
     * Makes an exception for a head expected at {@code expected} and found at {@code found}; 0 is before the first.
     *
     * @param moved what differs between the two
     */
    public ConflictException(String channel, long expected, long found, GenerationDiff moved) {
        super("Cannot commit on generation " + expected + ": channel " + channel + " moved to " + found
                + describe(moved) + "; plan again");
        this.channel = channel;
        this.expected = expected;
        this.found = found;
        this.moved = moved;
    }

    private static String describe(GenerationDiff moved) {
        List<String> parts = new ArrayList<>();
        moved.added().forEach(entry -> parts.add(entry.label() + " added"));
        moved.updated().forEach(change -> parts.add(change.to().label() + " updated"));
        moved.moved().forEach(change -> parts.add(change.to().label() + " moved"));
        moved.removed().forEach(entry -> parts.add(entry.symbolicName() + " removed"));
        moved.properties().keySet().forEach(name -> parts.add("framework property " + name + " changed"));
        if (parts.isEmpty()) {
            return "";
        }
        String more = parts.size() > NAMED ? ", and " + (parts.size() - NAMED) + " more" : "";
        return " (" + String.join(", ", parts.subList(0, Math.min(NAMED, parts.size()))) + more + ")";
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

    /** {@return what differs between where the head was expected and where it is} */
    public GenerationDiff moved() {
        return moved;
    }
}
