package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * Some bundles track services, and register others for them in the name of those that provide these: transactions around a persistence
 * unit, say. What is registered so goes when its owner is reset, and they have to hear of it. Others ask for services in the name of those, or
 * are asked by them for all that there are.
 */
@Timeout(60)
class DerivedServicesTest extends FrameworkTest {
    private static final String NOTE = Journal.class.getName() + ".note";

    private static TestJar provider(String version) {
        return Journal.doing(
                "prov",
                version,
                "context.registerService(java.util.function.Supplier.class, () -> \"" + version + "\", null);",
                "");
    }

    private static TestJar tracking(String name, String what) {
        return Journal.doing(
                        name,
                        "1.0.0",
                        "new org.osgi.util.tracker.ServiceTracker<>(context, java.util.function.Supplier.class, new "
                                + name + ".Adding(context)).open();",
                        "",
                        "org.osgi.util.tracker")
                .code("package " + name + "; import org.osgi.framework.*; import java.util.function.Supplier;"
                        + " @SuppressWarnings(\"rawtypes\") public class Adding"
                        + " implements org.osgi.util.tracker.ServiceTrackerCustomizer<Supplier, Object> {"
                        + " private final BundleContext context;"
                        + " public Adding(BundleContext context) { this.context = context; }"
                        + " public Object addingService(ServiceReference<Supplier> reference) {"
                        + "  Supplier service = context.getService(reference);" + NOTE + "(\"" + name + " added\");"
                        + what
                        + " }"
                        + " public void modifiedService(ServiceReference<Supplier> reference, Object tracked) { }"
                        + " public void removedService(ServiceReference<Supplier> reference, Object tracked) {" + NOTE
                        + "(\"" + name + " removed\"); context.ungetService(reference);"
                        + "  try { ((ServiceRegistration<?>) tracked).unregister(); }"
                        + "  catch (RuntimeException e) { /* gone with its owner */ } } }");
    }

    private static TestJar deriving() {
        return tracking(
                "deriving",
                "return reference.getBundle().getBundleContext().registerService(java.util.concurrent.Callable.class,"
                        + " () -> \"for \" + service.get(), null);");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoHasDerivedAService_seesTheOtherGoAndCome_andNobodyElseDoes(boolean trackedBefore) throws Exception {
        TestJar using = tracking("using", "return service;");
        if (trackedBefore) {
            applied(deriving(), using);
            applied(provider("1.0.0"));
        } else {
            applied(provider("1.0.0"));
            applied(deriving(), using);
        }
        ServiceReference<Callable<?>> derived = derived();
        Callable<?> held = mainstay.context().getService(derived);
        assertThat(held.call()).isEqualTo("for 1.0.0");
        List<Integer> events = new CopyOnWriteArrayList<>();
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.getType()));
        ServiceReference<?> first = mainstay.context().getServiceReference(Supplier.class);
        Journal.take();
        Callers callers = Callers.start(1, () -> {
            try {
                held.call();
                Thread.sleep(1); // others need the processor, too
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        applied(provider("1.1.0"));
        applied(provider("1.2.0"));

        assertThat(callers.end()).isEmpty();
        assertThat(held.call()).isEqualTo("for 1.2.0");
        assertThat((Object) derived()).isSameAs(derived);
        assertThat((Object) mainstay.context().getServiceReference(Supplier.class))
                .isSameAs(first);
        assertThat(events).isEmpty();
        assertThat(Journal.take())
                .filteredOn(line -> line.contains("ed"))
                .containsExactly("deriving removed", "deriving added", "deriving removed", "deriving added");
    }

    @SuppressWarnings("unchecked")
    private ServiceReference<Callable<?>> derived() {
        return (ServiceReference<Callable<?>>)
                (ServiceReference<?>) mainstay.context().getServiceReference(Callable.class);
    }

    @Test
    void deriverThatIsReset_isStartedAnew() throws Exception {
        applied(provider("1.0.0"), deriving());

        applied(change(provider("1.1.0"), deriving().header("X", "y")));

        assertThat(mainstay.context().getService(derived()).call()).isEqualTo("for 1.1.0");
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
