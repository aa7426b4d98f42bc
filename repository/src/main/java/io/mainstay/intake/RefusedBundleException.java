package io.mainstay.intake;

/** Says why something is not taken in. Nothing was stored. */
public final class RefusedBundleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes a refusal of what people call {@code name}. */
    public RefusedBundleException(String name, String finding) {
        super("Refused " + name + ": " + finding);
    }

    /** Makes a refusal with the technical cause, which goes to the log. */
    public RefusedBundleException(String name, String finding, Throwable cause) {
        super("Refused " + name + ": " + finding, cause);
    }
}
