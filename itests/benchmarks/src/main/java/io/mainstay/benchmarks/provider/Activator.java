package io.mainstay.benchmarks.provider;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A service that says which version of its code it is, as a file in the bundle has it. */
public final class Activator implements BundleActivator {

    /** Made by the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) throws IOException {
        try (InputStream in = Activator.class.getResourceAsStream("/version.txt")) {
            int version = Integer.parseInt(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            context.registerService(IntSupplier.class, new Versioned(version), null);
        }
    }

    @Override
    public void stop(BundleContext context) {
        // the framework takes the service back
    }

    private record Versioned(int version) implements IntSupplier {
        @Override
        public int getAsInt() {
            return version;
        }
    }
}
