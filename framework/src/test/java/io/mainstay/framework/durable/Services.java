package io.mainstay.framework.durable;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.osgi.framework.Bundle;

/** Stable services without a framework, each of a class of its own. */
final class Services {
    private Services() {}

    /**
     * Makes one that has nothing behind it.
     *
     * @param provider what stands for its bundle answers all by this
     */
    static StableService stable(String provider, StableClassWriter.Callers callers)
            throws ReflectiveOperationException {
        Bundle bundle = (Bundle) Proxy.newProxyInstance(
                Services.class.getClassLoader(), new Class<?>[] {Bundle.class}, (proxy, method, args) -> provider);
        StableClass type = new StableClass(List.of(IntUnaryOperator.class), callers);
        return new StableService(bundle, List.of(IntUnaryOperator.class.getName()), type, new Object(), Map.of());
    }
}
