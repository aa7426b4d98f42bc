package io.mainstay.framework;

import static io.mainstay.framework.fixture.AdminConsole.ask;
import static io.mainstay.framework.fixture.AdminConsole.property;
import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.AdminConsole;
import io.mainstay.framework.fixture.Holding;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Configurations of generations, on a framework with the real Configuration Admin of Apache Felix. */
@Timeout(90)
class ConfigurationTest {
    private static final String PID = "org.acme.greeter";
    private static final long PATIENCE_MILLIS = 15_000;

    private final List<Mainstay> open = new ArrayList<>();
    private Map<String, String> properties;
    private Mainstay mainstay;

    @BeforeEach
    void start() throws Exception {
        Holding.THINGS.clear();
        properties = new HashMap<>(Stores.freshChannel());
        properties.putAll(Journal.exported());
        properties.put(Settings.STEP_LIMIT, "5");
        mainstay = open(Map.of());
        commit(Change.by("test")
                .add(TestJar.with(ConfigurationAdmin.class))
                .add(AdminConsole.bundle().checked()));
        Journal.take();
    }

    @AfterEach
    void close() {
        Holding.THINGS.clear();
        open.forEach(Mainstay::close);
    }

    private Mainstay open(Map<String, String> more) throws Exception {
        Map<String, String> all = new HashMap<>(properties);
        all.putAll(more);
        Mainstay opened = Mainstay.open(all);
        open.add(opened);
        return opened.start();
    }

    private void restart(Map<String, String> more) throws Exception {
        open.remove(mainstay);
        mainstay.close();
        mainstay = open(more);
    }

    private void commit(Change.Builder change) throws Exception {
        DeployResult result = mainstay.commit(change.build());
        assertThat(result.cause()).isEmpty();
        assertThat(result.outcome()).isIn(Result.APPLIED, Result.COMMITTED);
    }

    private static Configuration configuration(String pid, Object... pairs) {
        Map<String, PropertyValue> values = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i].toString(), PropertyValue.of(pairs[i + 1]));
        }
        return Configuration.of(pid, values);
    }

    private GenerationRecord head() {
        return mainstay.store().history().head(properties.get(Settings.CHANNEL)).orElseThrow();
    }

    private Configuration inHead(String pid) {
        return head().generation().state().configurations().get(pid);
    }

    private List<String> drift() {
        return mainstay.store().nodes().all(properties.get(Settings.CHANNEL)).stream()
                .filter(node -> node.name().equals(properties.get(Settings.NODE)))
                .flatMap(node -> NodeReport.of(node.report()).drift().stream())
                .toList();
    }

    private NodeRequest.Answer request(NodeRequest.Kind kind) {
        LiveNodes nodes = new LiveNodes(mainstay.store(), properties.get(Settings.CHANNEL));
        return nodes.ask(nodes.alive().get(0), kind, "test", "");
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).as(what).isLessThan(end);
            Thread.sleep(20); // each waits for something else, and most of it comes by the database
        }
    }

    /** A bundle that notes its configuration when it starts. */
    private static TestJar reader(String version, String more) {
        return Journal.doing(
                "reader",
                version,
                "org.osgi.service.cm.ConfigurationAdmin admin ="
                        + " context.getService(context.getServiceReference(org.osgi.service.cm.ConfigurationAdmin.class));"
                        + " java.util.Dictionary<String, Object> found = admin.getConfiguration(\"" + PID
                        + "\", \"?\").getProperties(); " + Journal.class.getName()
                        + ".note(\"says \" + (found == null ? null : found.get(\"text\"))); " + more,
                "",
                "org.osgi.service.cm");
    }

    @Test
    void newCode_startsWithItsNewConfiguration() throws Exception {
        commit(Change.by("test").add(reader("1.0.0", "").checked()).configure(configuration(PID, "text", "one")));
        commit(Change.by("test").add(reader("2.0.0", "").checked()).configure(configuration(PID, "text", "two")));

        assertThat(Journal.take())
                .containsExactly(
                        "start reader 1.0.0", "says one", "stop reader 1.0.0", "start reader 2.0.0", "says two");
        assertThat(property(mainstay, PID, "text")).isEqualTo("two");
        assertThat(property(mainstay, PID, "service.pid")).isEqualTo(PID);
        assertThat(ask(mainstay, "location " + PID)).isEqualTo("?");
    }

    @Test
    void allTypes_arrive_asTheyWereCommitted_alsoAfterABoot() throws Exception {
        Object[] pairs = {
            "text",
            "x\n\u0000\"\ud800",
            "int",
            1,
            "long",
            2L,
            "float",
            1.5f,
            "double",
            Double.NaN,
            "byte",
            (byte) 3,
            "short",
            (short) 4,
            "char",
            'c',
            "boolean",
            true,
            "ints",
            new int[] {1, 2},
            "integers",
            new Integer[] {1},
            "chars",
            new char[] {'a'},
            "texts",
            new String[] {"a", ""},
            "none",
            new String[0],
            "list",
            List.of(1L, 2L),
            "empty",
            List.of()
        };
        commit(Change.by("test").configure(configuration(PID, pairs)));
        for (int boot = 0; boot < 2; boot++) {
            for (int i = 0; i < pairs.length; i += 2) {
                Object found = property(mainstay, PID, pairs[i].toString());
                assertThat(Arrays.deepEquals(new Object[] {found}, new Object[] {pairs[i + 1]}))
                        .as(pairs[i] + ": " + found)
                        .isTrue();
                assertThat(PropertyValue.of(found)).isEqualTo(PropertyValue.of(pairs[i + 1]));
            }
            restart(Map.of());
        }
    }

    @Test
    void changeThatEndsTheFramework_leavesNothingOfItsConfigurationsInTheStore() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "before")));
        GenerationRecord before = head();
        Framework framework = (Framework) mainstay.context().getBundle(0);

        DeployResult result = mainstay.commit(Change.by("test")
                .add(Journal.doing("ending", "1.0.0", "context.getBundle(0).stop(); Thread.sleep(200);", "")
                        .checked())
                .configure(configuration(PID, "text", "failed"))
                .build());

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(framework.waitForStop(PATIENCE_MILLIS).getType()).isEqualTo(FrameworkEvent.STOPPED);
        restart(Map.of());
        assertThat(head().number()).isEqualTo(before.number());
        assertThat(property(mainstay, PID, "text")).isEqualTo("before");
    }

    @Test
    void unchangedConfiguration_isNotTouched() throws Exception {
        commit(Change.by("test")
                .configure(configuration(PID, "text", "same"))
                .configure(configuration("other", "n", 1)));
        Object count = ask(mainstay, "count " + PID);
        Object others = ask(mainstay, "count other");

        commit(Change.by("test")
                .configure(configuration("other", "n", 2))
                .configure(configuration(PID, "text", "same")));

        assertThat(ask(mainstay, "count " + PID)).isEqualTo(count);
        assertThat(ask(mainstay, "count other")).isNotEqualTo(others);
    }

    @Test
    void failedStart_takesConfigurationsBack_alsoThoseThatItsCodeWrote() throws Exception {
        commit(Change.by("test")
                .add(reader("1.0.0", "").checked())
                .configure(configuration(PID, "text", "one"))
                .configure(configuration("kept", "n", 1))
                .configure(configuration("factory~a", "n", 1)));
        long number = head().number();
        Journal.take();
        String write = "java.util.Dictionary<String, Object> w = new java.util.Hashtable<>(); w.put(\"n\", 9);"
                + " admin.getConfiguration(\"kept\", \"?\").update(w); admin.getConfiguration(\"made\", \"?\").update(w);"
                + " admin.getConfiguration(\"asked\");"
                + " if (true) throw new IllegalStateException(\"no\");";

        DeployResult result = mainstay.commit(Change.by("test")
                .add(reader("2.0.0", write).checked())
                .configure(configuration(PID, "text", "two"))
                .configure(configuration("new", "n", 1))
                .removeConfiguration("factory~a")
                .build());

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(Journal.take())
                .containsExactly(
                        "stop reader 1.0.0", "start reader 2.0.0", "says two", "start reader 1.0.0", "says one");
        assertThat(ask(mainstay, "list")).isEqualTo(List.of("factory~a", "kept", PID));
        assertThat(property(mainstay, "kept", "n")).isEqualTo(1);
        assertThat(ask(mainstay, "location asked"))
                .as("bound to nobody, as it was asked for by nobody")
                .isNull();
        Thread.sleep(1_000); // that nothing more is committed shows by nothing but time
        assertThat(head().number()).isEqualTo(number);
    }

    @Test
    void configurationThatIsReadOnly_isChangedAllTheSame_andStaysReadOnly() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        ask(mainstay, "lock " + PID);

        commit(Change.by("test").configure(configuration(PID, "text", "two")));

        assertThat(property(mainstay, PID, "text")).isEqualTo("two");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> ask(mainstay, "update " + PID))
                .hasRootCauseMessage("Configuration " + PID + " is read-only");
    }

    @Test
    void boot_hasTheConfigurationsOfItsGeneration() throws Exception {
        commit(Change.by("test")
                .add(reader("1.0.0", "").checked())
                .configure(configuration(PID, "text", "one"))
                .configure(configuration("factory~a", "n", 1)));
        Journal.take();

        restart(Map.of());

        assertThat(Journal.take()).contains("says one");
        assertThat(ask(mainstay, "list")).isEqualTo(List.of("factory~a", PID));
        assertThat(ask(mainstay, "factory factory~a")).isEqualTo("factory");
    }

    @Test
    void configurations_waitForAConfigurationAdminThatIsNotThereYet() throws Exception {
        commit(Change.by("test").remove("org.apache.felix.configadmin").remove("console"));
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        commit(Change.by("test").configure(configuration(PID, "text", "two")));

        commit(Change.by("test")
                .add(TestJar.with(ConfigurationAdmin.class))
                .add(AdminConsole.bundle().checked()));

        assertThat(property(mainstay, PID, "text")).isEqualTo("two");
    }

    @Test
    void resetOfConfigurationAdmin_keepsConfigurations() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        commit(Change.by("test")
                .add(TestJar.bundle("hooked", "1.0.0")
                        .header("Fragment-Host", "org.apache.felix.configadmin")
                        .checked())
                .configure(configuration(PID, "text", "two")));

        assertThat(property(mainstay, PID, "text")).isEqualTo("two");
        assertThat(mainstay.context()
                        .getAllServiceReferences("org.apache.felix.cm.PersistenceManager", "(name=mainstay)"))
                .hasSize(1);
    }

    @Test
    void changeAtRunTime_becomesAGeneration_withItsAuthor_andIsThereAfterABoot() throws Exception {
        long before = head().number();
        ask(mainstay, "update " + PID, Map.of("port", 8080));

        await("a generation", () -> head().number() > before && inHead(PID) != null);

        GenerationRecord made = head();
        assertThat(made.state()).isEqualTo(GenerationState.PROVEN);
        assertThat(made.generation().author())
                .isEqualTo(System.getProperty("user.name") + " through console on " + properties.get(Settings.NODE));
        assertThat(made.generation().message()).isEqualTo("Configuration " + PID + " changed at run time");
        assertThat(inHead(PID)).isEqualTo(configuration(PID, "port", 8080));
        await("no drift", () -> drift().isEmpty());
        restart(Map.of());
        assertThat(property(mainstay, PID, "port")).isEqualTo(8080);
        ask(mainstay, "delete " + PID);
        await("a generation without it", () -> inHead(PID) == null);
    }

    @Test
    void changeJustBeforeTheEnd_isThereAfterABoot() throws Exception {
        ask(mainstay, "update " + PID, Map.of("port", 8080));

        restart(Map.of());

        assertThat(property(mainstay, PID, "port")).isEqualTo(8080);
    }

    @Test
    void burstOfChanges_isFewGenerations_andBrokenDownByNothing() throws Exception {
        long before = head().number();
        for (int i = 0; i < 10; i++) {
            ask(mainstay, "update pid" + i, Map.of("n", i));
        }

        await("all", () -> head().generation().state().configurations().size() == 10);

        assertThat(head().number()).isLessThanOrEqualTo(before + 2);
        long settled = head().number();
        Thread.sleep(1_500); // that nothing more is committed shows by nothing but time
        assertThat(head().number()).isEqualTo(settled);
    }

    @Test
    void driftMode_showsTheChange_andTheNextBootOrChangeTakesItBack() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one", "port", 1)));
        restart(Map.of(Settings.CONFIGURATION_CHANGES, "drift"));
        long before = head().number();

        ask(mainstay, "update " + PID, Map.of("text", "secret", "port", 1));
        ask(mainstay, "update made", Map.of("n", 1));
        await("drift", () -> drift().size() == 2);
        assertThat(drift())
                .containsExactly(
                        "configuration made was made at run time by console, and is not in the generation",
                        "configuration " + PID + " was changed at run time by console: text");
        assertThat(head().number()).isEqualTo(before);
        commit(Change.by("test").add(Journal.bundle("unrelated", "1.0.0").checked()));
        assertThat(ask(mainstay, "list")).isEqualTo(List.of(PID));
        assertThat(property(mainstay, PID, "text")).isEqualTo("one");
        await("no drift", () -> drift().isEmpty());

        ask(mainstay, "delete " + PID);
        await("drift", () -> drift().size() == 1);
        restart(Map.of(Settings.CONFIGURATION_CHANGES, "drift"));
        assertThat(property(mainstay, PID, "text")).isEqualTo("one");
    }

    @Test
    void driftOfConfigurations_isAdopted_orRepaired() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        restart(Map.of(Settings.CONFIGURATION_CHANGES, "drift"));
        ask(mainstay, "update " + PID, Map.of("text", "two"));
        ask(mainstay, "update made", Map.of("n", 1));
        await("drift", () -> drift().size() == 2);

        assertThat(request(NodeRequest.Kind.ADOPT).outcome()).isEqualTo(NodeRequest.Outcome.DONE);
        assertThat(inHead(PID)).isEqualTo(configuration(PID, "text", "two"));
        assertThat(inHead("made")).isEqualTo(configuration("made", "n", 1));
        await("no drift", () -> drift().isEmpty());

        ask(mainstay, "update " + PID, Map.of("text", "three"));
        ask(mainstay, "delete made");
        await("drift", () -> drift().size() == 2);
        assertThat(request(NodeRequest.Kind.REPAIR).outcome()).isEqualTo(NodeRequest.Outcome.DONE);
        assertThat(property(mainstay, PID, "text")).isEqualTo("two");
        assertThat(property(mainstay, "made", "n")).isEqualTo(1);
    }

    @Test
    void factoryConfigurationWithAPidMadeUp_isThereAfterABoot_andAfterARollback() throws Exception {
        String pid = (String) ask(mainstay, "create org.acme.pool", Map.of("size", 5));
        assertThat(pid).startsWith("org.acme.pool.");
        await("a generation", () -> inHead(pid) != null);
        GenerationRecord with = head();
        restart(Map.of());
        assertThat(ask(mainstay, "factory " + pid)).isEqualTo("org.acme.pool");
        ask(mainstay, "delete " + pid);
        await("a generation without", () -> inHead(pid) == null);

        commit(Change.by("test").restore(with.generation().state()));

        assertThat(ask(mainstay, "list")).isEqualTo(List.of(pid));
        assertThat(ask(mainstay, "factory " + pid)).isEqualTo("org.acme.pool");
        assertThat(property(mainstay, pid, "size")).isEqualTo(5);
        Thread.sleep(1_000); // that nothing more is committed shows by nothing but time
        assertThat(inHead(pid))
                .isEqualTo(with.generation().state().configurations().get(pid));
        assertThat(drift()).isEmpty();
    }

    @Test
    void failedStart_takesBackAPidMadeUp_andWhatItsCodeWroteBesides() throws Exception {
        String pid = (String) ask(mainstay, "create org.acme.pool", Map.of("size", 5));
        await("a generation", () -> inHead(pid) != null);
        String write = "admin.getConfiguration(\"" + pid + "\", null).delete();"
                + " admin.createFactoryConfiguration(\"org.acme.pool\", \"?\").update(new java.util.Hashtable<>());"
                + " if (true) throw new IllegalStateException(\"no\");";

        DeployResult result = mainstay.commit(
                Change.by("test").add(reader("1.0.0", write).checked()).build());

        assertThat(result.cause().orElseThrow()).contains("no");
        assertThat(ask(mainstay, "list")).isEqualTo(List.of(pid));
        assertThat(property(mainstay, pid, "size")).isEqualTo(5);
        commit(Change.by("test").add(reader("1.0.1", "").checked()));
    }

    /** Makes configurations, changes one and deletes others all the time. */
    private final class Writer implements AutoCloseable {
        private final List<String> made = new ArrayList<>();
        /** Configuration Admin does so where a change that goes back has just taken back what is written. */
        private final List<IllegalStateException> refused = new ArrayList<>();

        private final AtomicBoolean stop = new AtomicBoolean();
        private final CompletableFuture<Void> end = CompletableFuture.runAsync(this::write);

        private void write() {
            for (int n = 0; !stop.get(); n++) {
                try {
                    made.add((String) ask(mainstay, "create org.acme.pool", Map.of("size", n)));
                    ask(mainstay, "update often", Map.of("n", n));
                    if (made.size() > 2) {
                        ask(mainstay, "delete " + made.remove(0));
                    }
                } catch (IllegalStateException e) {
                    refused.add(e);
                }
            }
        }

        @Override
        public void close() {
            stop.set(true);
            end.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join();
        }
    }

    @Test
    void whatIsWrittenWhileAChangeIsMade_isThereAfterIt() throws Exception {
        Writer writer = new Writer();
        try (writer) {
            for (int n = 0; n < 20; n++) {
                commit(Change.by("test")
                        .add(reader("1." + n + ".0", "").checked())
                        .configure(configuration(PID, "n", n)));
            }
        }
        assertThat(writer.refused).isEmpty();
        List<String> expected = new ArrayList<>(writer.made);
        expected.addAll(List.of("often", PID));
        expected.sort(null);
        assertThat(ask(mainstay, "list")).isEqualTo(expected);
    }

    @Test
    void changeThatFails_goesBack_whileOthersWriteAllTheTime() throws Exception {
        Writer writer = new Writer();
        try (writer) {
            for (int n = 0; n < 20; n++) {
                DeployResult result = mainstay.commit(Change.by("test")
                        .add(reader("1." + n + ".0", "if (true) throw new IllegalStateException(\"no\");")
                                .checked())
                        .configure(configuration(PID, "n", n))
                        .build());
                assertThat(result.cause().orElseThrow()).contains("IllegalStateException: no");
            }
        }
        commit(Change.by("test").add(reader("2.0.0", "").checked()));
    }

    private static final String LATE = "Thread.sleep(900);";

    /** A service that came so late the last time is given twice as long, and a moment. */
    private static final String GONE_OR_LATER =
            "long end = System.nanoTime() + 1_500_000_000L; while (((org.osgi.framework.BundleContext) "
                    + Holding.class.getName() + ".THINGS.get(0)).getServiceReference(\"java.lang.Runnable\") != null"
                    + " && System.nanoTime() < end) Thread.sleep(10);";

    /** A bundle whose service comes some time after its start. */
    private static TestJar late(String version, String until) {
        return Journal.doing(
                "late",
                version,
                "java.util.Hashtable<String, Object> p = new java.util.Hashtable<>();"
                        + " p.put(\"service.pid\", \"org.acme.pool~a\"); p.put(\"service.factoryPid\", \"org.acme.pool\");"
                        + " Runnable pool = () -> {}; new Thread(() -> { try { " + until
                        + " context.registerService(Runnable.class, pool, p);"
                        + " } catch (InterruptedException e) { throw new IllegalStateException(e); } }).start();",
                "");
    }

    @Test
    void lateServiceOfAFactoryConfiguration_isWaitedFor_untilThatIsDeleted() throws Exception {
        Holding.THINGS.add(mainstay.context());
        commit(Change.by("test").add(late("1.0.0", LATE).checked()).configure(configuration("org.acme.pool~a")));
        await("the service", () -> mainstay.context().getServiceReference(Runnable.class) != null);
        ServiceReference<?> first = mainstay.context().getServiceReference(Runnable.class);

        commit(Change.by("test").add(late("2.0.0", LATE).checked()));
        assertThat(mainstay.context().getServiceReference(Runnable.class)).isEqualTo(first);

        commit(Change.by("test").add(late("3.0.0", GONE_OR_LATER).checked()).removeConfiguration("org.acme.pool~a"));
        await("another", () -> mainstay.context().getServiceReference(Runnable.class) != null);
        assertThat(mainstay.context().getServiceReference(Runnable.class)).isNotEqualTo(first);
    }

    @Test
    void lateServiceThatHasPidsOfItsOwn_isWaitedFor() throws Exception {
        commit(Change.by("test").add(late("1.0.0", LATE).checked()));
        await("the service", () -> mainstay.context().getServiceReference(Runnable.class) != null);
        ServiceReference<?> first = mainstay.context().getServiceReference(Runnable.class);

        commit(Change.by("test").add(late("2.0.0", LATE).checked()));

        assertThat(mainstay.context().getServiceReference(Runnable.class)).isEqualTo(first);
    }

    @Test
    void location_isKept() throws Exception {
        ask(mainstay, "update " + PID + " mainstay:console", Map.of("n", 1));
        await("a generation", () -> inHead(PID) != null);
        assertThat(inHead(PID).location()).isEqualTo("mainstay:console");
        commit(Change.by("test")
                .configure(new Configuration(
                        PID,
                        java.util.Optional.empty(),
                        "mainstay:console",
                        configuration(PID, "n", 2).properties())));
        assertThat(ask(mainstay, "location " + PID)).isEqualTo("mainstay:console");
        restart(Map.of());
        assertThat(ask(mainstay, "location " + PID)).isEqualTo("mainstay:console");
        assertThat(property(mainstay, PID, "n")).isEqualTo(2);
    }

    @Test
    void rollback_bringsConfigurationsBack() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        GenerationRecord one = head();
        commit(Change.by("test").configure(configuration(PID, "text", "two")).configure(configuration("more", "n", 1)));

        commit(Change.by("test").restore(one.generation().state()));

        assertThat(property(mainstay, PID, "text")).isEqualTo("one");
        assertThat(ask(mainstay, "list")).isEqualTo(List.of(PID));
    }

    @Test
    void runTimeChangeThatIsNotCommittedYet_survivesADeployOfSomethingElse() throws Exception {
        commit(Change.by("test").configure(configuration(PID, "text", "one")));
        ask(mainstay, "update mine", Map.of("n", 1));

        commit(Change.by("test").configure(configuration(PID, "text", "two")));

        assertThat(property(mainstay, "mine", "n")).isEqualTo(1);
        await("both", () -> inHead("mine") != null && inHead(PID) != null);
        assertThat(inHead(PID)).isEqualTo(configuration(PID, "text", "two"));
    }

    @Test
    void otherNode_followsARunTimeChange_andTheyComeToRest() throws Exception {
        Mainstay other = open(Map.of(Settings.NODE, properties.get(Settings.NODE) + "-b"));
        ask(mainstay, "update " + PID, Map.of("n", 1));
        await("the other has it", () -> Integer.valueOf(1).equals(property(other, PID, "n")));
        ask(other, "update " + PID, Map.of("n", 2));
        await("and back", () -> Integer.valueOf(2).equals(property(mainstay, PID, "n")));

        long settled = head().number();
        Thread.sleep(1_500); // that nothing more is committed shows by nothing but time

        assertThat(head().number()).isEqualTo(settled);
        assertThat(inHead(PID)).isEqualTo(configuration(PID, "n", 2));
    }

    @Test
    void bundlesThatWriteDifferentThingsOnEachNode_areLetGoOnAsDrift() throws Exception {
        commit(Change.by("test").add(quarrelsome().checked()));
        open(Map.of(Settings.NODE, properties.get(Settings.NODE) + "-b"));

        await("they give up", () -> {
            long then = head().number();
            sleep(2_500);
            return head().number() == then;
        });

        assertThat(mainstay.store().history().chain(properties.get(Settings.CHANNEL), 1_000))
                .hasSizeBetween(5, 40);
        assertThat(mainstay.store().nodes().all(properties.get(Settings.CHANNEL)).stream()
                        .flatMap(node -> NodeReport.of(node.report()).drift().stream()))
                .anySatisfy(line -> assertThat(line).contains("configuration quarrel was changed at run time"));
        commit(Change.by("test").configure(configuration(PID, "text", "still works")));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes the name of its node into its configuration whenever that says something else. */
    private static TestJar quarrelsome() {
        return TestJar.bundle("quarrelsome", "1.0.0")
                .header("Import-Package", "org.osgi.framework,org.osgi.service.cm")
                .activator(
                        "quarrelsome.Activator",
                        "java.util.Hashtable<String, Object> p = new java.util.Hashtable<>(); p.put(\"service.pid\", \"quarrel\");"
                                + " context.registerService(org.osgi.service.cm.ManagedService.class, found -> {"
                                + " String mine = context.getProperty(\"mainstay.node\");"
                                + " if (found == null || !mine.equals(found.get(\"node\"))) try {"
                                + " java.util.Dictionary<String, Object> w = new java.util.Hashtable<>(); w.put(\"node\", mine);"
                                + " context.getService(context.getServiceReference(org.osgi.service.cm.ConfigurationAdmin.class))"
                                + ".getConfiguration(\"quarrel\", \"?\").update(w);"
                                + " } catch (java.io.IOException e) { throw new java.io.UncheckedIOException(e); } }, p);",
                        "");
    }

    @Test
    void component_getsItsNewConfigurationWithItsNewCode() throws Exception {
        commit(Change.by("test")
                .add(TestJar.with(ServiceComponentRuntime.class))
                .add(TestJar.with(org.apache.felix.scr.info.ScrInfo.class))
                .add(component("1.0.0").checked())
                .configure(configuration(PID, "text", "one")));
        await("it is there", () -> Journal.take().contains("component 1.0.0 with one"));

        commit(Change.by("test").add(component("2.0.0").checked()).configure(configuration(PID, "text", "two")));

        List<String> lines = new ArrayList<>();
        await("it is there again", () -> {
            lines.addAll(Journal.take());
            return lines.contains("component 2.0.0 with two");
        });
        assertThat(lines).doesNotContain("component 1.0.0 with two", "component 2.0.0 with one");
    }

    /** A component that needs a configuration, and notes it when it is activated. */
    private static TestJar component(String version) {
        return TestJar.bundle("component", version)
                .header("Import-Package", Journal.class.getPackageName())
                .header("Service-Component", "OSGI-INF/component.xml")
                .header("Bundle-ActivationPolicy", "lazy")
                .entry("OSGI-INF/component.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%s" immediate="true"
                            configuration-policy="require" activate="activate">
                          <implementation class="component.Greeter"/>
                        </scr:component>
                        """.formatted(PID))
                .code("package component; public class Greeter {"
                        + " public void activate(java.util.Map<String, Object> found) { "
                        + Journal.class.getName() + ".note(\"component " + version
                        + " with \" + found.get(\"text\")); } }");
    }

    @Test
    void noConfiguration_isOnADisk(@TempDir Path storage) throws Exception {
        restart(Map.of(
                Constants.FRAMEWORK_STORAGE,
                storage.toString(),
                "felix.cm.dir",
                storage.resolve("cm").toString()));
        String marker = "mark" + System.nanoTime();
        commit(Change.by("test").configure(configuration(PID, "text", marker)));
        ask(mainstay, "update second", Map.of("text", marker));
        await("a generation", () -> inHead("second") != null);

        assertThat(property(mainstay, PID, "text")).isEqualTo(marker);
        assertThat(filesWith(marker, storage)).isEmpty();
        assertThat(storage.resolve("cm")).doesNotExist();
        Files.writeString(storage.resolve("control"), "a " + marker);
        assertThat(filesWith(marker, storage)).hasSize(1);
    }

    private static List<Path> filesWith(String marker, Path folder) throws Exception {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(marker)) {
                    found.add(file);
                }
            }
        }
        return found;
    }
}
