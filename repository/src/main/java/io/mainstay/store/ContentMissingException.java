package io.mainstay.store;

/** Says that the store has no content of a digest that is needed. */
public final class ContentMissingException extends StoreException {
    private static final long serialVersionUID = 1L;
    private final transient Digest digest;

    /** Makes an exception for {@code digest}, needed by {@code label}. */
    public ContentMissingException(String label, Digest digest) {
        super("The store has no content " + digest + ", which " + label + " needs");
        this.digest = digest;
    }

    /** {@return the digest that was looked for} */
    public Digest digest() {
        return digest;
    }
}
