package io.mainstay.framework.handover;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Implemented by a service object that keeps state in memory, so that the state goes on while the code is replaced. The
 * framework sees it by the object's class: it need not be registered by this name. A service that is registered by this
 * name, too, is asked even if nobody uses it at that moment; it then lives on as if the framework used it.
 *
 * <p><b>When.</b> A change that resets the bundle first waits until no call of its services is under way. Then
 * {@link #save} is asked of the old object, the old bundle stops, the new one starts, and {@link #restore} is called on
 * the new object before anybody else gets to call it. The same happens where the bundle is reset without being replaced,
 * because it is wired to one that is. What is registered to pass through ({@code mainstay.durable=false}, classes) is not
 * asked.
 *
 * <p><b>What if it fails.</b> A save or restore that throws, or takes longer than {@code mainstay.handover.limit.millis},
 * fails the change: all goes back, and the old code, if it was stopped, gets exactly what was saved from it. So does it
 * when the change fails for any other reason.
 *
 * <p><b>Threads.</b> Each method is called once in a change, on a thread of the framework, without any lock. No call of
 * the service is under way meanwhile; threads of the bundle's own may be.
 */
@ConsumerType
public interface Handover {

    /**
     * Says what is to go on. The object is still in use afterwards, if the change does not come about.
     *
     * @return plain data; see {@link SavedState}
     * @throws Exception if it cannot be said; the change fails
     */
    SavedState save() throws Exception;

    /**
     * Takes over what another object has saved: of the same service, of an older or newer version of its bundle.
     *
     * @param saved a copy of this object's own
     * @throws Exception if it does not understand that; the change fails
     */
    void restore(SavedState saved) throws Exception;
}
