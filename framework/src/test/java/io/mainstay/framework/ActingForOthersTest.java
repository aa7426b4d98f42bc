package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.AllServiceListener;

/** Some bundles act in the name of those that provide services: they ask for these by their context, or do what these start them to. */
@Timeout(60)
class ActingForOthersTest extends FrameworkTest {
    private static final String NOTE = Journal.class.getName() + ".note";

    private static TestJar provider(String version) {
        return Journal.doing(
                "prov",
                version,
                "context.registerService(java.util.function.Supplier.class, () -> \"" + version + "\", null);",
                "");
    }

    /** Shows what each bundle provides while that is active, and looks again when it is told of a service only. */
    private static TestJar whiteboard() {
        return Journal.doing(
                        "board",
                        "1.0.0",
                        "board.Board all = new board.Board(); context.addBundleListener(all);"
                                + " context.addServiceListener(all, \"(objectClass=java.util.function.Supplier)\");",
                        "")
                .code("package board; import org.osgi.framework.*;"
                        + " public class Board implements ServiceListener, SynchronousBundleListener {"
                        + " public void serviceChanged(ServiceEvent event) {"
                        + "  if (event.getType() == ServiceEvent.REGISTERED) { Bundle its = event.getServiceReference().getBundle();"
                        + "   " + NOTE
                        + "(\"shows \" + ((java.util.function.Supplier<?>) its.getBundleContext().getService(event.getServiceReference())).get()); }"
                        + "  else { " + NOTE + "(\"heard \" + event.getType()); } }"
                        + " public void bundleChanged(BundleEvent event) { if (event.getType() == BundleEvent.STOPPING) "
                        + NOTE + "(\"drops all of \" + event.getBundle().getSymbolicName()); } }");
    }

    private static TestJar user() {
        return Journal.doing(
                "user",
                "1.0.0",
                "new org.osgi.util.tracker.ServiceTracker<Object, Object>(context, \"java.util.function.Supplier\", null) {"
                        + " public Object addingService(org.osgi.framework.ServiceReference<Object> reference) { "
                        + NOTE + "(\"user added\"); return super.addingService(reference); }"
                        + " public void removedService(org.osgi.framework.ServiceReference<Object> reference, Object service) { "
                        + NOTE + "(\"user removed\"); } }.open();",
                "",
                "org.osgi.util.tracker");
    }

    @Test
    void whoAsksInTheProvidersName_seesTheServiceGoAndCome_andItsUsersDoNot() throws Exception {
        applied(whiteboard(), user());
        applied(provider("1.0.0"));
        Journal.take();

        applied(provider("1.1.0"));
        applied(provider("1.2.0"));

        assertThat(Journal.take())
                .containsExactly(
                        "drops all of prov",
                        "stop prov 1.0.0",
                        "heard 4",
                        "start prov 1.1.0",
                        "shows 1.1.0",
                        "drops all of prov",
                        "stop prov 1.1.0",
                        "heard 4",
                        "start prov 1.2.0",
                        "shows 1.2.0");
    }

    /** Asks all that there are, by its own context. */
    private static TestJar asking() {
        return Journal.doing("core", "1.0.0", "core.Core.context = context;", "")
                .header("Export-Package", "core")
                .code(
                        "package core; import org.osgi.framework.*; public class Core { public static BundleContext context;"
                                + " public static String ask() throws Exception { StringBuilder all = new StringBuilder();"
                                + " for (ServiceReference<?> one : context.getServiceReferences(java.util.function.Supplier.class, null))"
                                + "  all.append(((java.util.function.Supplier<?>) context.getService(one)).get()).append(' ');"
                                + " return all.toString(); } }");
    }

    private static TestJar startedByAsking(String version) {
        return TestJar.bundle("prov", version)
                .header("Import-Package", "org.osgi.framework,core," + Journal.class.getPackageName())
                .seeing(asking())
                .activator(
                        "prov.inside.Activator",
                        NOTE + "(\"before: \" + core.Core.ask());"
                                + " context.registerService(java.util.function.Supplier.class, () -> \"" + version
                                + "\", null);" + NOTE + "(\"after: \" + core.Core.ask());",
                        "");
    }

    @Test
    void startThatHasAnotherBundleAskAllServices_doesNotMeetItsOwnOfBefore() throws Exception {
        applied(asking());
        applied(startedByAsking("1.0.0"));
        Supplier<?> held = mainstay.context().getService(mainstay.context().getServiceReference(Supplier.class));
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType()));
        Journal.take();

        applied(startedByAsking("1.1.0"));

        assertThat(Journal.take()).containsExactly("before: ", "after: 1.1.0 ");
        assertThat(held.get()).isEqualTo("1.1.0");
        assertThat(events).isEmpty();
    }
}
