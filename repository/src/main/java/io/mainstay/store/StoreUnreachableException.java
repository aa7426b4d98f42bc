package io.mainstay.store;

/** Says that the database did not answer, refused the connection or the credentials, or broke off. Trying later may help. */
public class StoreUnreachableException extends StoreException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; {@code cause} may be null. */
    public StoreUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
