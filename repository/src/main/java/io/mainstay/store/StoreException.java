package io.mainstay.store;

/** Says that the store could not do what was asked. Its message is for people: what was tried, on what, what was found. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception without a deeper cause. */
    public StoreException(String message) {
        super(message);
    }

    /** Makes an exception with the technical cause, which goes to the log. */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
