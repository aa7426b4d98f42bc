package io.mainstay.framework.durable;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.aries.proxy.impl.AsmProxyManager;

/** How others stand for services that change. */
final class Others {
    private Others() {}

    /** {@return Aries' proxy, asking for its target as Blueprint's references do: under a monitor} */
    static Counter damping(Counter target) throws Exception {
        Object monitor = new Object();
        Callable<Object> dispatcher = () -> {
            synchronized (monitor) {
                return target;
            }
        };
        return (Counter) new AsmProxyManager().createDelegatingProxy(null, List.of(Counter.class), dispatcher, null);
    }

    /** {@return a reflective proxy that keeps its target from being replaced while it is called} */
    static Counter reflective(Counter target) {
        ReadWriteLock lock = new ReentrantReadWriteLock();
        return (Counter) Proxy.newProxyInstance(
                Counter.class.getClassLoader(), new Class<?>[] {Counter.class}, (proxy, method, arguments) -> {
                    lock.readLock().lock();
                    try {
                        return method.invoke(target, arguments);
                    } finally {
                        lock.readLock().unlock();
                    }
                });
    }
}
