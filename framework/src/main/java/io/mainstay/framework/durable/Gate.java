package io.mainstay.framework.durable;

/**
 * What a generated class asks when it has no object to call at hand. Public, because generated classes are in packages
 * and loaders of their own.
 */
public abstract class Gate {
    /** Only this package has gates. */
    Gate() {}

    /**
     * Waits until there is an object to call, and returns it. Called where the caller can be seen on a stack.
     *
     * @param told whether the caller may have been told that the service has been registered, and calls it because of that: he does not
     *     wait for what comes with it; null for him, if there is nothing now: he will be told
     * @throws org.osgi.framework.ServiceException of type UNREGISTERED, if there is none in time
     */
    public abstract Object await(boolean told);

    /** As {@link #await}, for callers that appear in no dump of stacks: they are counted until {@link #exit}. */
    public abstract Object enter(boolean told);

    /** Ends what {@link #enter} began. */
    public abstract void exit();

    /**
     * Says that a user is about to begin the life cycle of the service.
     *
     * @return whether that is done, because there is nothing to call now: what comes next is begun with it
     */
    public abstract boolean defersBegin(Object configuration);

    /** Says that a user has begun the life cycle of the service, with this. */
    public abstract void begun(Object configuration);

    /** Says that a user has tried to begin the life cycle of the service, and was told that it cannot be. */
    public abstract void failedToBegin();

    /**
     * Says that a user is about to end the life cycle of the service.
     *
     * @return whether that is done, because there is nothing to call now
     */
    public abstract boolean defersEnd();

    /** Says that a user has ended the life cycle of the service. */
    public abstract void ended();

    /** {@return what the object says of itself, whatever becomes of it} */
    public abstract String describe();
}
