package org.apache.felix.framework;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.wiring.BundleWiring;

/**
 * Gives the weaving hooks of now a class that is loaded after its bundle was reset: OSGi Core 8, chapter 56.
 *
 * <p>A hook may ask a wiring for what no longer exists, and it is not its fault. So, unlike Felix, a hook that throws is
 * neither reported nor shut out from other bundles' classes: the class is defined as that hook found it. Dynamic imports
 * that hooks add have no effect, and listeners for woven classes are not told.
 */
final class LateWeaving {
    private LateWeaving() {}

    /** {@return the class file as the hooks leave it} */
    static byte[] weave(Felix felix, BundleWiringImpl wiring, StoreClassLoader loader, String name, byte[] file) {
        Set<ServiceReference<WeavingHook>> hooks = felix.getHookRegistry().getHooks(WeavingHook.class);
        byte[] woven = file;
        for (ServiceReference<WeavingHook> reference : hooks) {
            if (!felix.getHookRegistry().isHookBlackListed(reference)) {
                woven = weave(
                        felix, reference, new WovenClassImpl(name, withLoader(wiring, loader), woven.clone()), woven);
            }
        }
        return woven;
    }

    private static byte[] weave(
            Felix felix, ServiceReference<WeavingHook> reference, WovenClassImpl woven, byte[] before) {
        WeavingHook hook = felix.getService(felix, reference, false);
        if (hook == null) {
            return before;
        }
        try {
            hook.weave(woven);
            return woven._getBytes();
        } catch (RuntimeException | LinkageError e) {
            felix.getLogger()
                    .log(
                            Logger.LOG_DEBUG,
                            "A weaving hook threw for " + woven.getClassName() + ", whose bundle was replaced",
                            e);
            return before;
        } finally {
            woven.complete();
            felix.ungetService(felix, reference, null);
        }
    }

    /** Hooks compute frames with the wiring's class loader, which Felix's wiring no longer has. */
    private static BundleWiring withLoader(BundleWiringImpl wiring, StoreClassLoader loader) {
        return (BundleWiring) Proxy.newProxyInstance(
                BundleWiring.class.getClassLoader(),
                new Class<?>[] {BundleWiring.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("getClassLoader")) {
                        return loader;
                    }
                    try {
                        return method.invoke(wiring, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
