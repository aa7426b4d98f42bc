package io.mainstay.framework.plan;

/**
 * A bundle that a change stops, wires anew and starts.
 *
 * @param location where it is
 * @param label its name and version before the change
 * @param reason why it is among them, for people: "updated", "wired to X, which is updated"
 */
public record ResetMember(String location, String label, String reason) {
    static final String UPDATED = "updated";
    static final String REMOVED = "removed";

    /** {@return whether it is among them only because of what it is wired to} */
    public boolean isWiredToOthers() {
        return ResetClosure.isSpread(reason);
    }

    /** {@return whether the change itself gives it other content, or removes it} */
    public boolean isChanged() {
        return reason.equals(UPDATED) || reason.equals(REMOVED);
    }
}
