package io.mainstay.store;

/** Says that stored bytes do not have the digest that they are stored under. They must not be used. */
public final class ContentCorruptException extends StoreException {
    private static final long serialVersionUID = 1L;
    private final transient Digest digest;

    /** Makes an exception for the bytes stored as {@code digest}, which are those of {@code label}. */
    public ContentCorruptException(String label, Digest digest, String finding) {
        super("Content of " + label + " is corrupt in the store: expected SHA-256 " + digest + ", " + finding
                + "; deploy the bundle's file again to mend it, or roll back");
        this.digest = digest;
    }

    /** {@return the digest that the bytes should have} */
    public Digest digest() {
        return digest;
    }
}
