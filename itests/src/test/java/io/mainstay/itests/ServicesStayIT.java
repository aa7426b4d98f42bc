package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.itests.stay.api.Hop;
import io.mainstay.itests.stay.api.Trace;
import io.mainstay.itests.stay.consumer.StaticConsumer;
import io.mainstay.itests.stay.page.Page;
import io.mainstay.itests.stay.provider.Hopper;
import io.mainstay.store.ContentSource;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Callers of all kinds at full speed, while what they call is updated by real commits, some of which fail: no call fails,
 * none reaches code that does not run, and nothing of the old code is left. It commits for 20 s, at least ten times;
 * {@code -Dmainstay.stress.commits=N} says how often instead. That such calls would be noticed is shown by {@code SwitchStressTest}, which leaves out the draining.
 */
class ServicesStayIT {
    private static final Optional<Integer> COMMITS = Optional.ofNullable(Integer.getInteger("mainstay.stress.commits"));
    private static final Duration DEFAULT_TIME = Duration.ofSeconds(20);
    private static final int LEAST_COMMITS = 10;
    private static final int FAILING_ONE_IN = 7;
    /** By then all that is loaded once is loaded. */
    private static final int SETTLED_AFTER = 5;

    private final int port = Work.freePort();
    private final List<Thread> callers = new ArrayList<>();
    private final Map<String, AtomicLong> counts = new TreeMap<>();

    @Test
    void callersOfAllKinds_noticeNothing_andNothingIsLeft() throws Exception {
        Trace.clear();
        try (Mainstay mainstay = Mainstay.open(Map.of(
                        Settings.STORE,
                        "jdbc:derby:memory:stay",
                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                        Hop.class.getPackageName() + ";version=1.0.0",
                        WebSystem.HOST,
                        "127.0.0.1",
                        WebSystem.PORT,
                        String.valueOf(port)))
                .start()) {
            begin(mainstay);
            ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
            mainstay.context().addServiceListener((AllServiceListener) event -> {
                if (event.getType() != ServiceEvent.MODIFIED) {
                    events.add(event.getType() + " " + event.getServiceReference());
                }
            });
            startCallers(mainstay.context());

            long longestMillis = 0;
            long metaspace = 0;
            long begin = System.nanoTime();
            int i = 0;
            while (goesOn(i, Duration.ofNanos(System.nanoTime() - begin))) {
                i++;
                boolean failing = i % FAILING_ONE_IN == 0;
                DeployResult result = commit(mainstay, i, failing);
                assertThat(result.outcome())
                        .as("commit %d: %s", i, result.cause())
                        .isEqualTo(failing ? Result.FAILED : Result.APPLIED);
                assertThat(result.continuity().orElseThrow().failed()).isZero();
                longestMillis = Math.max(
                        longestMillis, result.continuity().orElseThrow().longestWaitMillis());
                requireNoFailure();
                if (COMMITS.isPresent() && i == COMMITS.get() / SETTLED_AFTER) {
                    metaspace = metaspaceKilobytes();
                }
            }
            requireAllCall();
            assertThat(events).isEmpty();
            assertThat(Trace.DEACTIVATIONS).hasValue(0);
            stopCallers();
            requireNoFailure();
            System.out.printf(
                    "%d commits, longest wait %d ms, %d calls: %s%n", i, longestMillis, Trace.CALLS.get(), counts);
            requireNothingIsLeft();
            if (COMMITS.isPresent()) {
                long after = metaspaceKilobytes();
                System.out.printf(
                        "Metaspace: %d KB after a fifth of the commits, %d KB at the end%n", metaspace, after);
                assertThat(after).as("metaspace is flat").isLessThan(metaspace + metaspace / 10);
            }
        }
    }

    private static long metaspaceKilobytes() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Metaspace"))
                .mapToLong(pool -> pool.getUsage().getUsed() / 1024)
                .sum();
    }

    private static boolean goesOn(int commits, Duration spent) {
        return COMMITS.map(wanted -> commits < wanted)
                .orElse(commits < LEAST_COMMITS || spent.compareTo(DEFAULT_TIME) < 0);
    }

    private static void requireNoFailure() {
        assertThat(Trace.FAILURES).isEmpty();
        assertThat(Trace.LATE).as("calls of code that does not run").hasValue(0);
    }

    private void requireAllCall() throws InterruptedException {
        Map<String, Long> before = new TreeMap<>();
        counts.forEach((caller, count) -> before.put(caller, count.get()));
        Thread.sleep(1_000); // time to call in
        counts.forEach((caller, count) -> assertThat(count.get()).as(caller).isGreaterThan(before.get(caller)));
    }

    private void begin(Mainstay mainstay) throws Exception {
        Change.Builder system = Change.by("itests").message("Declarative Services, Jetty, and those that call");
        WebSystem.addTo(system, mainstay);
        add(mainstay, system, consumer());
        add(mainstay, system, provider("a", "b", 0, false));
        add(mainstay, system, provider("b", "a", 0, false));
        add(mainstay, system, page(0));
        DeployResult result = mainstay.commit(system.build());
        assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.APPLIED);
        assertThat(Web.page(address())).isEqualTo("served");
    }

    /** Both providers, which call each other, in one commit; one of them; the servlet; or one that fails on the way. */
    private static DeployResult commit(Mainstay mainstay, int number, boolean failing) throws Exception {
        Change.Builder change = Change.by("itests").message("Number " + number);
        int kind = number % 4;
        if (kind != 2) {
            add(mainstay, change, provider("a", "b", number, false));
        }
        if (kind < 2 || failing) {
            add(mainstay, change, provider("b", "a", number, failing));
        }
        if (kind >= 2) {
            add(mainstay, change, page(number));
        }
        return mainstay.commit(change.build());
    }

    private static void add(Mainstay mainstay, Change.Builder change, Jars jar) throws Exception {
        change.add(mainstay.check(ContentSource.of("stay.jar", jar.bytes())));
    }

    private static Jars provider(String name, String next, int number, boolean failing) {
        Jars jar = Jars.bundle("stay." + name, "1.0." + number)
                .header("Import-Package", "org.osgi.framework," + Hop.class.getPackageName())
                .header("Bundle-Activator", Hopper.class.getName())
                .header("Hop-Name", name)
                .header("Hop-Next", next)
                .type(Hopper.class);
        return failing ? jar.header("Hop-Fails", "yes") : jar;
    }

    private static Jars page(int number) {
        return Jars.bundle("stay.page", "1.0." + number)
                .header(
                        "Import-Package",
                        "org.osgi.framework,jakarta.servlet,jakarta.servlet.http," + Hop.class.getPackageName())
                .header("Bundle-Activator", Page.class.getName())
                .type(Page.class)
                .type(Page.class.getDeclaredClasses()[0]);
    }

    private static Jars consumer() {
        return Jars.bundle("stay.consumer", "1.0.0")
                .header("Import-Package", Hop.class.getPackageName())
                .header(
                        "Require-Capability",
                        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4.0))\"")
                .header("Service-Component", "OSGI-INF/consumer.xml")
                .type(StaticConsumer.class)
                .entry("OSGI-INF/consumer.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="consumer" immediate="true"
                            init="1" activate="activate" deactivate="deactivate">
                          <implementation class="%s"/>
                          <reference name="hop" interface="%s" target="(name=a)" policy="static" parameter="0"/>
                        </scr:component>
                        """.formatted(StaticConsumer.class.getName(), Hop.class.getName()));
    }

    private String address() {
        return "http://127.0.0.1:" + port + "/stay";
    }

    private void startCallers(BundleContext context) throws Exception {
        ServiceReference<Hop> reference =
                context.getServiceReferences(Hop.class, "(name=a)").iterator().next();
        Hop held = context.getService(reference);
        ServiceTracker<Hop, Hop> tracker =
                new ServiceTracker<>(context, context.createFilter("(&(objectClass=*Hop)(name=b))"), null);
        tracker.open();
        caller("holder", Thread::new, count -> Trace.callUntilInterrupted(held, 0, count));
        caller("nested holder", Thread::new, count -> Trace.callUntilInterrupted(held, 3, count));
        caller(
                "tracker",
                Thread::new,
                count -> Trace.callUntilInterrupted(more -> tracker.getService().hop(more), 2, count));
        caller("browser", Thread::new, this::browse);
        if (Runtime.version().feature() >= 21) {
            caller("virtual", ServicesStayIT::virtual, count -> Trace.callUntilInterrupted(held, 1, count));
        }
        counts.put("component", Trace.COMPONENT_CALLS);
    }

    private interface Calling {
        void run(AtomicLong count);
    }

    private void caller(String name, Function<Runnable, Thread> kind, Calling work) {
        AtomicLong count = new AtomicLong();
        counts.put(name, count);
        Thread thread = kind.apply(() -> work.run(count));
        thread.setName(name);
        thread.start();
        callers.add(thread);
    }

    private static Thread virtual(Runnable work) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (Thread) Class.forName("java.lang.Thread$Builder")
                    .getMethod("unstarted", Runnable.class)
                    .invoke(builder, work);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void browse(AtomicLong count) {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(address())).build();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200 || !answer.body().equals("served")) {
                    throw new IllegalStateException("The server says " + answer.statusCode());
                }
                Trace.CALLS.incrementAndGet();
                count.incrementAndGet();
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                Trace.FAILURES.add(e);
            }
        }
    }

    private void stopCallers() throws InterruptedException {
        for (Thread caller : callers) {
            caller.interrupt();
            caller.join();
        }
    }

    /** The code that runs now is all that is left: that of both providers and of the page. */
    private static void requireNothingIsLeft() throws InterruptedException {
        long end = System.nanoTime() + DEFAULT_TIME.toNanos();
        while (Trace.held().size() > 3 && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(100);
        }
        assertThat(Trace.held()).as("class loaders of code that has started").hasSize(3);
    }
}
