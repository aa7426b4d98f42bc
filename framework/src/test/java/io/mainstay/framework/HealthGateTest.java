package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Holding;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.RealBundle;
import io.mainstay.framework.fixture.Repacked;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.apache.felix.hc.api.HealthCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

/** After the steps of a change: components that were satisfied are, and health checks are OK; or the node goes back. */
@Timeout(60)
class HealthGateTest {
    private static final String ANSWERS = "mainstay.test.answers";
    private static final String CHECKS = "org.apache.felix.hc.api";

    private final Map<String, String> properties = new HashMap<>();
    private Mainstay mainstay;

    @BeforeEach
    void open() {
        System.clearProperty(ANSWERS);
        Holding.THINGS.clear();
        properties.putAll(Stores.freshChannel());
        properties.putAll(Journal.exported());
        properties.merge(
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "org.slf4j;version=1.7.36,org.slf4j.helpers;version=1.7.36",
                (one, other) -> one + "," + other);
        properties.put(Settings.HEALTH_LIMIT, "1");
        mainstay = Mainstay.open(properties);
    }

    @AfterEach
    void close() {
        System.clearProperty(ANSWERS);
        Holding.THINGS.clear();
        mainstay.close();
    }

    private static Change.Builder change(TestJar... jars) {
        Change.Builder change = Change.by("test");
        for (TestJar jar : jars) {
            change.add(jar.checked());
        }
        return change;
    }

    private void startWithComponents(TestJar... jars) throws Exception {
        Change.Builder change = change(jars)
                .add(RealBundle.checked("org.osgi.service.component"), 1)
                .add(RealBundle.checked("org.apache.felix.scr"), 1);
        assertThat(mainstay.commit(change.build()).outcome()).isEqualTo(Result.COMMITTED);
        mainstay.start();
    }

    private void startWithChecks(TestJar... jars) throws Exception {
        Change.Builder change = change(jars).add(RealBundle.checked("org.apache.felix.healthcheck.api"), 1);
        assertThat(mainstay.commit(change.build()).outcome()).isEqualTo(Result.COMMITTED);
        mainstay.start();
    }

    private void pass(Change.Builder change) throws Exception {
        DeployResult result = mainstay.commit(change.build());
        assertThat(result.cause()).isEmpty();
        assertThat(result.outcome()).isEqualTo(Result.APPLIED);
    }

    private String fail(Change.Builder change) throws Exception {
        Map<String, String> before = whatRuns();
        DeployResult result = mainstay.commit(change.build());
        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.generation().orElseThrow().state()).isEqualTo(GenerationState.FAILED);
        assertThat(whatRuns()).isEqualTo(before);
        return result.cause().orElseThrow();
    }

    private Map<String, String> whatRuns() {
        Map<String, String> bundles = new TreeMap<>();
        for (Bundle bundle : mainstay.context().getBundles()) {
            bundles.put(bundle.getLocation(), bundle.getVersion() + " in state " + bundle.getState());
        }
        return bundles;
    }

    private NodeRecord node() {
        return mainstay.store().nodes().all(properties.get(Settings.CHANNEL)).get(0);
    }

    /** A bundle with one component, whose service is what {@code provides} says. */
    private static TestJar component(String name, String version, String provides, String references) {
        return component(name, version, provides, references, "");
    }

    private static TestJar component(
            String name, String version, String provides, String references, String activation) {
        return component(name, version, provides, references, activation, "true");
    }

    private static TestJar component(
            String name, String version, String provides, String references, String activation, String immediate) {
        String interfaces = provides.isEmpty() ? "" : "<service><provide interface=\"" + provides + "\"/></service>";
        return TestJar.bundle(name, version)
                .header("Service-Component", "OSGI-INF/component.xml")
                .entry(
                        "OSGI-INF/component.xml",
                        "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\""
                                + " name=\"" + name + ".Part\" immediate=\"" + immediate + "\" activate=\"activate\">"
                                + "<implementation class=\"" + name + ".Part\"/>" + interfaces + references
                                + "</scr:component>")
                .code("package " + name
                        + "; public class Part implements Runnable, java.util.concurrent.Callable<String> {"
                        + " public void activate() { " + activation + " }"
                        + " public void run() {}"
                        + " public String call() { return \"\"; } }");
    }

    private static TestJar store(String version) {
        return component("store", version, "java.lang.Runnable", "");
    }

    private static TestJar shop(String version) {
        return component("shop", version, "java.util.concurrent.Callable", reference("java.lang.Runnable", ""));
    }

    private static String reference(String type, String target) {
        return "<reference name=\"store\" interface=\"" + type + "\"" + target + "/>";
    }

    @Test
    void componentsThatAreSatisfiedAgain_letAChangePass() throws Exception {
        startWithComponents(store("1.0.0"), shop("1.0.0"));

        pass(change(store("2.0.0")));
        pass(change(shop("2.0.0"), store("2.1.0")));
    }

    @Test
    void componentWhoseReferenceIsGone_bringsTheChangeBack_andIsNamed() throws Exception {
        startWithComponents(store("1.0.0"), shop("1.0.0"));

        String cause = fail(change(component("store", "2.0.0", "", "")));

        assertThat(cause)
                .isEqualTo("component shop.Part of shop 1.0.0 was satisfied before and is not now: nothing provides its"
                        + " reference 'store' (java.lang.Runnable)");
        assertThat(node().report()).contains("\"lastChange\"", "rolled_back", "shop.Part");
        pass(change(store("2.0.0")));
    }

    @Test
    void rootOfAChain_isNamed_withTheTargetOfTheReference() throws Exception {
        startWithComponents(
                store("1.0.0"),
                shop("1.0.0"),
                component("alley", "1.0.0", "", reference("java.util.concurrent.Callable", "")));

        String cause = fail(change(component(
                "shop",
                "2.0.0",
                "java.util.concurrent.Callable",
                reference("java.lang.Runnable", " target=\"(kind=none)\""))));

        assertThat(cause)
                .startsWith("component shop.Part of shop 2.0.0 was satisfied before")
                .contains("'store' (java.lang.Runnable with (kind=none))", "(and 1 more)");
    }

    @Test
    void componentThatItsBundleNoLongerHas_isNotMissed() throws Exception {
        startWithComponents(store("1.0.0"), shop("1.0.0"));

        pass(change(TestJar.bundle("shop", "2.0.0")));
        pass(change().remove("shop").remove("store"));
    }

    @Test
    void failedActivation_bringsTheChangeBack() throws Exception {
        startWithComponents(store("1.0.0"));

        String cause = fail(
                change(component("store", "2.0.0", "", "", "if (true) throw new IllegalStateException(\"no disk\");")));

        assertThat(cause).contains("component store.Part of store 2.0.0", "activation failed", "no disk");
    }

    /** Nobody had asked for it before, so it is not known that it ever worked. */
    @Test
    void failedActivationOfWhatNobodyHadUsed_inABundleThatIsLeftAlone_isNoReasonToGoBack() throws Exception {
        String no = "if (true) throw new IllegalStateException(\"no disk\");";
        TestJar delayed = component("store", "1.0.0", "java.lang.Runnable", "", no, "false");
        startWithComponents(delayed);
        String asking = "new org.osgi.util.tracker.ServiceTracker<>(context, Runnable.class, null).open();";

        assertThat(fail(change(
                        component("store", "2.0.0", "java.lang.Runnable", "", no, "false"),
                        Journal.doing("asking", "1.1.0", asking, "", "org.osgi.util.tracker"))))
                .contains("component store.Part of store 2.0.0");
        pass(change(Journal.doing("asking", "1.0.0", asking, "", "org.osgi.util.tracker")));
    }

    @Test
    void componentRuntimeItself_mayBeReset_butNotLeftOut() throws Exception {
        startWithComponents(store("1.0.0"), shop("1.0.0"));
        byte[] scr = RealBundle.bytes("org.apache.felix.scr");

        pass(Change.by("test").add(TestJar.checked("scr.jar", Repacked.with(scr, "changed.txt"))));
        assertThat(fail(Change.by("test").remove("org.apache.felix.scr"))).contains("no ServiceComponentRuntime");
    }

    /** A component that needs a configuration. */
    private static TestJar configured(String version, String pid) {
        return TestJar.bundle("configured", version)
                .header("Service-Component", "OSGI-INF/component.xml")
                .entry(
                        "OSGI-INF/component.xml",
                        "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\" name=\"configured.Part\""
                                + " configuration-policy=\"require\" configuration-pid=\"" + pid
                                + "\" immediate=\"true\"><implementation class=\"configured.Part\"/>"
                                + "<service><provide interface=\"java.lang.Runnable\"/></service></scr:component>")
                .code("package configured; public class Part implements Runnable { public void run() {} }");
    }

    private static TestJar configuring(String version, String what) {
        return Journal.doing(
                "configuring",
                version,
                "org.osgi.service.cm.ConfigurationAdmin admin = context.getService("
                        + "context.getServiceReference(org.osgi.service.cm.ConfigurationAdmin.class));"
                        + " admin.getConfiguration(\"the.pid\", \"?\")." + what + ";",
                "",
                "org.osgi.service.cm");
    }

    @Test
    void componentWhoseConfigurationWasDeleted_isNotMissed_butOneThatAsksForAnotherIs() throws Exception {
        startWithComponents();
        pass(change().add(RealBundle.checked("org.apache.felix.configadmin"), 1));
        pass(change(configuring("1.0.0", "update(new java.util.Hashtable<>())"), configured("1.0.0", "the.pid")));

        assertThat(fail(change(configured("2.0.0", "other.pid"))))
                .contains("component configured.Part of configured 2.0.0", "another PID");
        pass(change(configuring("2.0.0", "delete()")));
    }

    /** Configuration Admin tells of a deletion later, on a thread of its own. */
    @Test
    void componentWhoseConfigurationWasDeletedJustBeforeTheChange_isNotMissed() throws Exception {
        Semaphore told = new Semaphore(0);
        Holding.THINGS.add(told);
        startWithComponents();
        pass(change(Journal.doing(
                        "slow",
                        "1.0.0",
                        "org.osgi.service.cm.ConfigurationListener slow = event -> {"
                                + " if (event.getPid().equals(\"slow\")) ((java.util.concurrent.Semaphore) "
                                + Holding.class.getName() + ".THINGS.get(0)).acquireUninterruptibly(); };"
                                + " context.registerService(org.osgi.service.cm.ConfigurationListener.class, slow, null);",
                        "",
                        "org.osgi.service.cm"))
                .add(RealBundle.checked("org.apache.felix.configadmin"), 1));
        pass(change(configuring("1.0.0", "update(new java.util.Hashtable<>())"), configured("1.0.0", "the.pid")));
        pass(change(configuring(
                "2.0.0",
                "getProperties(); admin.getConfiguration(\"slow\", \"?\").update(new java.util.Hashtable<>());"
                        + " admin.getConfiguration(\"the.pid\", \"?\").delete()")));
        assertThat(mainstay.context().getServiceReference(Runnable.class)).isNotNull();

        pass(change(Journal.doing(
                "last",
                "1.0.0",
                "((java.util.concurrent.Semaphore) " + Holding.class.getName() + ".THINGS.get(0)).release();"
                        + " while (context.getServiceReference(Runnable.class) != null) Thread.sleep(5);",
                "")));
    }

    @Test
    void componentsOfBundlesThatAreNotOfTheStore_count() throws Exception {
        startWithComponents(store("1.0.0"));
        Bundle foreign = mainstay.context()
                .installBundle("foreign", new ByteArrayInputStream(shop("1.0.0").bytes()));
        foreign.start();

        assertThat(fail(change(component("store", "2.0.0", "", "")))).contains("shop.Part of shop 1.0.0");
        foreign.uninstall();
        pass(change(component("store", "3.0.0", "", "")));
    }

    /** A bundle with a health check, which takes its answers from a system property, from left to right. */
    private static TestJar checking(String version, String tags, String answer) {
        return Journal.doing(
                "checking",
                version,
                "java.util.Hashtable<String, Object> properties = new java.util.Hashtable<>();"
                        + " properties.put(\"hc.name\", \"disk\"); properties.put(\"hc.tags\", " + tags + ");"
                        + " context.registerService(" + CHECKS + ".HealthCheck.class, () -> {"
                        + Journal.class.getName() + ".note(\"asked\"); " + answer + " }, properties);",
                "",
                CHECKS);
    }

    private static String answer(String status, String message) {
        return "return new " + CHECKS + ".Result(" + CHECKS + ".Result.Status." + status + ", \"" + message + "\");";
    }

    @Test
    void checkThatIsNotOk_bringsTheChangeBack_withItsMessage() throws Exception {
        startWithChecks();
        for (String status : List.of("WARN", "TEMPORARILY_UNAVAILABLE", "CRITICAL", "HEALTH_CHECK_ERROR")) {
            String cause = fail(change(checking("1.0.0", "\"mainstay\"", answer(status, "is full"))));
            assertThat(cause).isEqualTo("health check 'disk' is " + status + ": is full");
        }
        pass(change(checking("1.0.0", "\"mainstay\"", answer("OK", "is empty"))));
    }

    @Test
    void checkWithoutOurTag_isNotAsked() throws Exception {
        startWithChecks();
        Journal.take();

        pass(change(checking("1.0.0", "new String[] {\"other\"}", answer("CRITICAL", "no"))));

        assertThat(Journal.take()).containsExactly("start checking 1.0.0");
    }

    @Test
    void tagsMayBeAnArrayOrACollection() throws Exception {
        startWithChecks();

        assertThat(fail(change(checking("1.0.0", "new String[] {\"x\", \"mainstay\"}", answer("CRITICAL", "array")))))
                .endsWith("array");
        assertThat(fail(change(
                        checking("1.0.0", "java.util.List.of(\"x\", \"mainstay\")", answer("CRITICAL", "list")))))
                .endsWith("list");
    }

    @Test
    void checkThatThrowsOrHangs_bringsTheChangeBack() throws Exception {
        startWithChecks();

        assertThat(fail(change(checking(
                        "1.0.0",
                        "\"mainstay\"",
                        "if (true) throw new IllegalStateException(\"no disk\"); return null;"))))
                .contains("health check 'disk'", "IllegalStateException: no disk");
        assertThat(fail(change(checking(
                        "1.0.0",
                        "\"mainstay\"",
                        "try { Thread.sleep(100_000); } catch (InterruptedException e) { } return null;"))))
                .contains("health check 'disk'", "has not answered in 1", "Thread.sleep");
    }

    @Test
    void checkThatIsOkAfterAWhile_letsTheChangePass() throws Exception {
        startWithChecks();
        String once = "if (System.getProperty(\"" + ANSWERS + "\") == null) { System.setProperty(\"" + ANSWERS
                + "\", \"\"); " + answer("TEMPORARILY_UNAVAILABLE", "starting") + " } " + answer("OK", "");
        Journal.take();

        pass(change(checking("1.0.0", "\"mainstay\"", once)));

        assertThat(Journal.take()).containsExactly("start checking 1.0.0", "asked", "asked");
    }

    @Test
    void checkOfABundleThatIsNotOfTheStore_counts() throws Exception {
        startWithChecks();
        Bundle foreign = mainstay.context()
                .installBundle(
                        "foreign",
                        new ByteArrayInputStream(checking("1.0.0", "\"mainstay\"", answer("CRITICAL", "no"))
                                .bytes()));
        foreign.start();

        assertThat(fail(change(Journal.bundle("harmless", "1.0.0")))).isEqualTo("health check 'disk' is CRITICAL: no");
        foreign.stop();
        pass(change(Journal.bundle("harmless", "1.0.1")));
    }

    @Test
    void checkOfTheHost_counts() throws Exception {
        mainstay.start();
        Hashtable<String, Object> tagged = new Hashtable<>();
        tagged.put("hc.tags", "mainstay");
        HealthCheck check =
                () -> new org.apache.felix.hc.api.Result(org.apache.felix.hc.api.Result.Status.CRITICAL, "no network");
        ServiceRegistration<HealthCheck> registration =
                mainstay.context().registerService(HealthCheck.class, check, tagged);

        assertThat(fail(change(Journal.bundle("any", "1.0.0")))).endsWith("is CRITICAL: no network");
        registration.unregister();
        pass(change(Journal.bundle("any", "1.0.1")));
    }

    @Test
    void generationThatIsNotHealthyAtItsFirstBoot_isLeftForTheLastThatWorked() throws Exception {
        startWithChecks(checking("1.0.0", "\"mainstay\"", answer("OK", "")));
        mainstay.close();
        mainstay = Mainstay.open(properties);
        DeployResult bad = mainstay.commit(change(checking("2.0.0", "\"mainstay\"", answer("CRITICAL", "no disk")))
                .build());
        assertThat(bad.outcome()).isEqualTo(Result.COMMITTED);

        mainstay.start();

        assertThat(whatRuns().get("mainstay:checking")).isEqualTo("1.0.0 in state " + Bundle.ACTIVE);
        assertThat(node().reason().orElseThrow())
                .contains("failed at boot", "health check 'disk' is CRITICAL: no disk");
        assertThat(mainstay.store()
                        .history()
                        .find(bad.generation().orElseThrow().number())
                        .orElseThrow()
                        .state())
                .isEqualTo(GenerationState.FAILED);
    }

    @Test
    void provenGeneration_bootsWhateverItsChecksSay() throws Exception {
        startWithChecks(checking(
                "1.0.0",
                "\"mainstay\"",
                "if (System.getProperty(\"" + ANSWERS + "\") != null) { " + answer("CRITICAL", "") + " } "
                        + answer("OK", "")));
        mainstay.close();
        System.setProperty(ANSWERS, "");

        mainstay = Mainstay.open(properties).start();

        assertThat(whatRuns().get("mainstay:checking")).isEqualTo("1.0.0 in state " + Bundle.ACTIVE);
        assertThat(node().reason()).isEmpty();
    }
}
