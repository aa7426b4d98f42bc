package io.mainstay.itests;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.deploy.Change;
import io.mainstay.store.ContentSource;
import java.io.IOException;
import java.util.Set;

/** Declarative Services and Jetty: the console workload, without console and shell. */
final class WebSystem {
    /** The framework property that says where Jetty listens. */
    static final String HOST = "org.apache.felix.http.host";
    /** The framework property that says at which port. */
    static final String PORT = "org.osgi.service.http.port";

    private static final Set<String> BESIDES = Set.of(
            "org.apache.felix.webconsole",
            "org.apache.felix.inventory",
            "jline",
            "org.apache.felix.gogo.runtime",
            "org.apache.felix.gogo.command",
            "org.apache.felix.gogo.jline");

    private WebSystem() {}

    static void addTo(Change.Builder change, Mainstay mainstay) throws IOException {
        for (Workload.Part part : Workload.read("console").parts()) {
            if (!BESIDES.contains(part.artifact())) {
                change.add(mainstay.check(ContentSource.of(part.jar())), part.startLevel());
            }
        }
    }
}
