package io.mainstay.framework.plan;

/**
 * A bundle that a change stops, wires anew and starts.
 *
 * @param location where it is
 * @param label its name and version before the change
 * @param reason why it is among them, for people: "updated", "wired to X, which is updated"
 */
public record ResetMember(String location, String label, String reason) {}
