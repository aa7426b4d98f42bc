package io.mainstay.deploy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Finds out where web pages of a node can be seen. */
final class WebAddress {
    private static final int USUAL = 8080;
    private static final String RUNTIME = "(|(objectClass=org.osgi.service.servlet.runtime.HttpServiceRuntime)"
            + "(objectClass=org.osgi.service.http.runtime.HttpServiceRuntime))";

    private WebAddress() {}

    /** {@return the usual port, or one that is free if that is taken} */
    static int freePort() {
        try (ServerSocket usual = new ServerSocket(USUAL, 1, InetAddress.getLoopbackAddress())) {
            return usual.getLocalPort();
        } catch (IOException taken) {
            try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return any.getLocalPort();
            } catch (IOException e) {
                return USUAL;
            }
        }
    }

    /** {@return the addresses that the HTTP service says it has, with the example's page where it is there} */
    static List<String> of(BundleContext context) {
        try {
            List<String> addresses = new ArrayList<>();
            ServiceReference<?>[] runtimes = context.getAllServiceReferences(null, RUNTIME);
            ServiceReference<?>[] pages =
                    context.getAllServiceReferences(null, "(osgi.http.whiteboard.servlet.pattern=/hello)");
            for (ServiceReference<?> runtime : runtimes == null ? new ServiceReference<?>[0] : runtimes) {
                Object endpoints = runtime.getProperty("osgi.http.endpoint");
                if (endpoints instanceof String[] several) {
                    for (String endpoint : several) {
                        addresses.add(pages == null ? endpoint : endpoint.replaceFirst("/$", "") + "/hello");
                    }
                }
            }
            return addresses.stream().distinct().toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("A filter of our own is broken", e);
        }
    }
}
