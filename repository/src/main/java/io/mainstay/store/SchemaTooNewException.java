package io.mainstay.store;

/** Says that a newer program has written this store; nothing was read or changed. */
public final class SchemaTooNewException extends StoreException {
    private static final long serialVersionUID = 1L;
    private final int found;
    private final int known;

    /** Makes an exception for schema version {@code found} where {@code known} is the newest known. */
    public SchemaTooNewException(String url, int found, int known) {
        super("Cannot open " + url + ": its schema has version " + found + ", this program knows up to " + known
                + "; use the newer Mainstay that wrote it");
        this.found = found;
        this.known = known;
    }

    /** {@return the store's schema version} */
    public int found() {
        return found;
    }

    /** {@return the newest schema version that this program knows} */
    public int known() {
        return known;
    }
}
