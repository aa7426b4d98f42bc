package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mainstay.framework.fixture.TestJar;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/**
 * What the hot paths allocate: counts, which do not depend on what else the machine does. The limits are what was measured, and
 * some room.
 */
class AllocationTest extends FrameworkTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 100_000;
    private static final int CLASSES = 100;
    private static final long CLASS_LIMIT = 2_000;
    private static final long BOOT_LIMIT = 10_000_000;

    private static final String PROVIDER = """
            package counting;

            public class Activator implements org.osgi.framework.BundleActivator {
                public void start(org.osgi.framework.BundleContext context) {
                    context.registerService(java.util.function.IntSupplier.class, new Seven(), null);
                }

                public void stop(org.osgi.framework.BundleContext context) {}
            }
            """;
    private static final String SEVEN =
            "package counting; public class Seven implements java.util.function.IntSupplier { public int getAsInt() { return 7; } }";

    /** Does something that is measured. */
    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private static long bytes(Work work) throws Exception {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        work.run();
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }

    private static TestJar provider() {
        return TestJar.bundle("counting", "1.0.0")
                .header("Bundle-Activator", "counting.Activator")
                .header("Import-Package", "org.osgi.framework")
                .code(PROVIDER, SEVEN);
    }

    @Test
    void callThroughAStableService_allocatesNothing() throws Exception {
        applied(provider());
        IntSupplier service =
                mainstay.find(IntSupplier.class, Duration.ofSeconds(5)).orElseThrow();
        assertThat(service.getClass().getName()).as("it is a stable one").contains("Stable");
        call(service); // what is linked at the first call does not count

        assertThat(bytes(() -> call(service))).isLessThan(CALLS / 10);
        Integer[] kept = new Integer[CALLS];
        assertThat(bytes(() -> {
                    for (int i = 0; i < CALLS; i++) {
                        kept[i] = new Integer[1].length + CALLS;
                    }
                }))
                .as("what allocates at each call is noticed")
                .isGreaterThan(CALLS * 8L);
    }

    private static void call(IntSupplier service) {
        int sum = 0;
        for (int i = 0; i < CALLS; i++) {
            sum += service.getAsInt();
        }
        assertThat(sum).isEqualTo(7 * CALLS);
    }

    @Test
    void classLookup_allocatesLittleMoreThanTheClass() throws Exception {
        TestJar jar = TestJar.bundle("many", "1.0.0");
        String[] sources = new String[CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            sources[i] = "package many; public class C" + i + " {}";
        }
        applied(jar.code(sources));
        Bundle many = Arrays.stream(mainstay.context().getBundles())
                .filter(bundle -> "many".equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow();
        many.loadClass("many.C0");

        long each = bytes(() -> {
                    for (int i = 1; i < CLASSES; i++) {
                        many.loadClass("many.C" + i);
                    }
                })
                / (CLASSES - 1);

        assertThat(each).as("bytes for each class").isLessThan(CLASS_LIMIT);
    }

    @Test
    void boot_allocatesWhatItDid() throws Exception {
        applied(provider());
        restart(); // what is loaded and linked for the first time does not count

        assertThat(bytes(this::restart))
                .as("bytes that the thread allocates which ends and starts the framework")
                .isLessThan(BOOT_LIMIT);
    }
}
