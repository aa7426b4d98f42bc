package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.mainstay.framework.Settings;
import java.io.IOException;
import org.junit.Test;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;

/** A system with the Web Console on Jetty 12, booted from Derby in Pax Exam's container. */
public class ConsoleWorkloadIT extends ContainerTest {
    private static final String PORT = "org.osgi.service.http.port";

    @Configuration
    public Option[] system() throws IOException {
        String store = "jdbc:derby:memory:console";
        Workload.read("console").commitTo(store);
        return options(
                container(),
                frameworkProperty(Settings.STORE).value(store),
                // a shell that reads would take what the build tells this process by its standard input
                frameworkProperty("gosh.args").value("--noshutdown --nointeractive"),
                frameworkProperty("org.apache.felix.http.host").value("127.0.0.1"),
                frameworkProperty(PORT).value(String.valueOf(Work.freePort())));
    }

    @Test
    public void everyBundle_isActive() throws Exception {
        Running.awaitUp(context);
        assertThat(Running.node(context)
                        .generation()
                        .orElseThrow()
                        .generation()
                        .state()
                        .entries())
                .hasSameSizeAs(Workload.read("console").parts());
    }

    @Test
    public void webConsole_asksForAPassword_andServes() throws Exception {
        Web.assertConsoleServes(Integer.parseInt(context.getProperty(PORT)));
    }
}
