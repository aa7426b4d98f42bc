package io.mainstay.store;

/** Says that an embedded database is open in another process, which must serve or stop first. */
public final class StoreHeldException extends StoreUnreachableException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception for the store at {@code url}. */
    public StoreHeldException(String url, Throwable cause) {
        super("Cannot open " + url + ": another process holds it", cause);
    }
}
