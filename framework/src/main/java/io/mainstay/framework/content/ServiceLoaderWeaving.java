package io.mainstay.framework.content;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.osgi.framework.Bundle;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClass;

/**
 * The weaving hook of Apache Aries SPI Fly (OSGi Compendium, chapter 133), asked only of classes in which it may find
 * something to change. It takes apart and puts together every class of a bundle that uses service loaders, and then keeps
 * what it made only if there was a call of {@code ServiceLoader.load}: half of the time that Jetty takes to start. Such a
 * call is not there if the class does not name {@code ServiceLoader}. Thread-safe.
 */
public final class ServiceLoaderWeaving implements WeavingHook {
    private static final String SPI_FLY = "org.apache.aries.spifly.dynamic.bundle";
    private static final String HOOK = "org.apache.aries.spifly.dynamic.ClientWeavingHook";
    /** Those of which this was read in the source. */
    private static final VersionRange KNOWN = new VersionRange("[1.2,1.4)");

    private static final byte[] SERVICE_LOADER = "java/util/ServiceLoader".getBytes(StandardCharsets.US_ASCII);
    private static final int LAST = SERVICE_LOADER.length - 1;
    /** How far the name can be moved on, by the byte that stands at its end. */
    private static final int[] MOVES = new int[256];

    static {
        Arrays.fill(MOVES, SERVICE_LOADER.length);
        for (int i = 0; i < LAST; i++) {
            MOVES[SERVICE_LOADER[i]] = LAST - i;
        }
    }

    /** The header by which a bundle has calls of other methods woven. */
    private static final String CONSUMER = "SPI-Consumer";

    private static final String CONSUMERS = "org.apache.aries.spifly.auto.consumers";

    private final WeavingHook hook;

    private ServiceLoaderWeaving(WeavingHook hook) {
        this.hook = hook;
    }

    /** {@return what to register in the place of a service: the same, if it is not that hook} */
    public static Object of(Bundle provider, Object service) {
        return service instanceof WeavingHook hook
                        && service.getClass().getName().equals(HOOK)
                        && SPI_FLY.equals(provider.getSymbolicName())
                        && KNOWN.includes(withoutQualifier(provider.getVersion()))
                        && provider.getBundleContext().getProperty(CONSUMERS) == null
                ? new ServiceLoaderWeaving(hook)
                : service;
    }

    private static Version withoutQualifier(Version version) {
        return new Version(version.getMajor(), version.getMinor(), version.getMicro());
    }

    @Override
    public void weave(WovenClass woven) {
        Bundle bundle = woven.getBundleWiring().getBundle();
        if (bundle.getHeaders("").get(CONSUMER) != null || names(woven.getBytes())) {
            hook.weave(woven);
        }
    }

    /**
     * Whether a class file may name the class: its constants are modified UTF-8, which is ASCII here. By Horspool's search,
     * because thousands of classes are looked at while a node starts.
     */
    static boolean names(byte[] file) {
        for (int end = LAST; end < file.length; end += MOVES[file[end] & 0xff]) {
            if (file[end] == SERVICE_LOADER[LAST]
                    && Arrays.equals(file, end - LAST, end + 1, SERVICE_LOADER, 0, SERVICE_LOADER.length)) {
                return true;
            }
        }
        return false;
    }
}
