package io.mainstay.framework.durable;

/** The service that is called. */
public interface Counter {
    /** {@return the number after this} */
    int next(int number);
}
