package io.mainstay.store;

/**
 * Says that a transaction lost against another one, by a deadlock or because it waited too long for a lock. Nothing was
 * changed; the same may work the next time.
 */
public final class StoreBusyException extends StoreException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception. */
    public StoreBusyException(String message, Throwable cause) {
        super(message, cause);
    }
}
