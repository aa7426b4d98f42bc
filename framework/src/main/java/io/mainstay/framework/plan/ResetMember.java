package io.mainstay.framework.plan;

/**
 * A bundle that a change stops and starts, and, unless it is swapped, wires anew.
 *
 * @param location where it is
 * @param label its name and version before the change
 * @param reason why it is among them, for people: "updated", "wired to X, which is updated"
 * @param way whether its users are among them, for bundles that are updated
 */
public record ResetMember(String location, String label, String reason, Way way) {
    static final String UPDATED = "updated";
    static final String REMOVED = "removed";

    /**
     * What becomes of the users of a bundle.
     *
     * @param swapped whether they stay as they are
     * @param why why they do not, where there are any; empty otherwise
     */
    public record Way(boolean swapped, String why) {
        /** The users are reset, or there are none. */
        public static final Way RESET = new Way(false, "");

        static final Way SWAP = new Way(true, "");
    }

    /** {@return whether it is among them only because of what it is wired to} */
    public boolean isWiredToOthers() {
        return ResetClosure.isSpread(reason);
    }

    /** {@return whether the change itself gives it other content, or removes it} */
    public boolean isChanged() {
        return reason.equals(UPDATED) || reason.equals(REMOVED);
    }
}
