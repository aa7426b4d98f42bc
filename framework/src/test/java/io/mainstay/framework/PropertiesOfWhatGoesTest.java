package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.ServiceEvent;
import org.osgi.util.tracker.ServiceTracker;

/** Properties that change in a change are told later; who filters by what they were hears all the same that a service goes. */
@Timeout(60)
class PropertiesOfWhatGoesTest extends FrameworkTest {
    private static final String PROPERTIES =
            "new java.util.Hashtable<String, Object>(java.util.Map.of(\"state\", \"%s\"))";

    private final List<Integer> events = new CopyOnWriteArrayList<>();

    /** Says in its stop that it is down. */
    private static TestJar going() {
        return Journal.doing(
                        "prov",
                        "1.0.0",
                        "prov.Kept.as = context.registerService(java.util.function.Supplier.class, () -> \"x\", "
                                + String.format(PROPERTIES, "up") + ");",
                        "prov.Kept.as.setProperties(" + String.format(PROPERTIES, "down") + ");")
                .code(
                        "package prov; public class Kept { public static org.osgi.framework.ServiceRegistration<?> as; }");
    }

    private ServiceTracker<Object, Object> track() throws Exception {
        ServiceTracker<Object, Object> tracker = new ServiceTracker<>(
                mainstay.context(),
                mainstay.context().createFilter("(&(objectClass=" + Supplier.class.getName() + ")(state=up))"),
                null);
        tracker.open();
        mainstay.context().addServiceListener(event -> events.add(event.getType()), "(state=up)");
        assertThat(tracker.size()).isEqualTo(1);
        return tracker;
    }

    @Test
    void bundleIsRemoved() throws Exception {
        applied(going());
        ServiceTracker<Object, Object> tracker = track();

        applied(Change.by("test").remove("prov"));

        assertThat(events).containsExactly(ServiceEvent.MODIFIED_ENDMATCH);
        assertThat(tracker.size()).isZero();
    }

    @Test
    void nextVersionHasNoSuchService() throws Exception {
        applied(going());
        ServiceTracker<Object, Object> tracker = track();

        applied(Journal.bundle("prov", "1.1.0"));

        assertThat(events).hasSize(1);
        assertThat(tracker.size()).isZero();
    }

    @Test
    void nextVersionHasAnotherKindOfIt() throws Exception {
        applied(going());
        ServiceTracker<Object, Object> tracker = track();

        applied(Journal.doing(
                        "prov",
                        "1.1.0",
                        "context.registerService(new String[] {\"java.util.function.Supplier\", \"java.lang.Runnable\"}, new prov.Both(), "
                                + String.format(PROPERTIES, "other") + ");",
                        "")
                .code("package prov; public class Both implements java.util.function.Supplier<String>, Runnable {"
                        + " public String get() { return \"y\"; } public void run() { } }"));

        assertThat(events).hasSize(1);
        assertThat(tracker.size()).isZero();
    }

    /** The time that a dictionary takes makes it end after the change has. */
    @ParameterizedTest
    @ValueSource(ints = {0, 150, 1500})
    void threadOfTheProviderThatSetsThemAsTheChangeEnds_isNotMissed(int millis) throws Exception {
        applied(Journal.bundle("prov", "1.0.0"));
        applied(setting("1.0.1", 0));
        mainstay.context()
                .addServiceListener(
                        event ->
                                events.add((Integer) event.getServiceReference().getProperty("said")),
                        "(objectClass=" + Supplier.class.getName() + ")");

        applied(setting("1.1.0", millis));

        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (events.stream().noneMatch(said -> said != null && said == 110) && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        assertThat(events).last().isEqualTo(110);
    }

    private static TestJar setting(String version, int millis) {
        String said = version.replace(".", "");
        return Journal.doing(
                        "prov",
                        version,
                        "org.osgi.framework.ServiceRegistration<?> as = context.registerService(java.util.function.Supplier.class, () -> \"x\", null);"
                                + " new Thread(() -> as.setProperties(new prov.Slow(" + said + "))).start();",
                        "")
                .code("package prov; public class Slow extends java.util.Hashtable<String, Object> {"
                        + " private static final long serialVersionUID = 1;"
                        + " public Slow(int said) { put(\"said\", said); }"
                        + " public java.util.Enumeration<String> keys() {"
                        + "  try { Thread.sleep(" + millis
                        + "); } catch (InterruptedException e) { throw new IllegalStateException(e); }"
                        + "  return super.keys(); } }");
    }
}
