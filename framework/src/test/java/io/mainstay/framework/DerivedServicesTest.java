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
 * unit, say. What is registered so goes when its owner is reset, and they have to hear of it.
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
}
