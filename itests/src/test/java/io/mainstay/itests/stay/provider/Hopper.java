package io.mainstay.itests.stay.provider;

import io.mainstay.itests.stay.api.Hop;
import io.mainstay.itests.stay.api.Trace;
import java.util.Hashtable;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * A provider as the headers of its bundle say: {@code Hop-Name} is the name of its service, {@code Hop-Next} that of the
 * service that it goes on to, and with {@code Hop-Fails} it does not start.
 */
public final class Hopper implements BundleActivator, Hop {
    private volatile boolean live;
    private volatile Hop next;
    private BundleContext context;

    @Override
    public void start(BundleContext given) {
        Trace.started(Hopper.class);
        context = given;
        live = true;
        context.registerService(Hop.class, this, new Hashtable<>(Map.of("name", header("Hop-Name"))));
        if (header("Hop-Fails") != null) {
            throw new IllegalStateException("This one is meant to fail");
        }
    }

    @Override
    public void stop(BundleContext given) {
        live = false;
    }

    @Override
    public int hop(int more) {
        check();
        int calls = more == 0 ? 1 : 1 + next().hop(more - 1);
        check();
        return calls;
    }

    private void check() {
        if (!live) {
            Trace.LATE.incrementAndGet();
        }
    }

    private Hop next() {
        if (next == null) {
            try {
                String filter = "(name=" + header("Hop-Next") + ")";
                ServiceReference<Hop> reference = context.getServiceReferences(Hop.class, filter)
                        .iterator()
                        .next();
                next = context.getService(reference);
            } catch (InvalidSyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return next;
    }

    private String header(String name) {
        return context.getBundle().getHeaders().get(name);
    }
}
