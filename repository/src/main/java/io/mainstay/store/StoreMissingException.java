package io.mainstay.store;

/** Says that there is no store yet, and that the caller did not ask for one to be made. */
public final class StoreMissingException extends StoreUnreachableException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception for the store at {@code url}. */
    public StoreMissingException(String url, Throwable cause) {
        super("There is no store at " + url, cause);
    }
}
