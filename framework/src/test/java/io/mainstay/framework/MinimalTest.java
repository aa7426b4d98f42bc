package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.RealBundle;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.plan.ResetMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.FrameworkWiring;

/** A change disturbs what it must, and nothing else. */
@Timeout(60)
class MinimalTest extends FrameworkTest {
    /** Kinds of events and the bundles that they are about. */
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    private void listen() {
        mainstay.context()
                .addBundleListener((SynchronousBundleListener) event -> note(kind(event.getType()), event.getBundle()));
        mainstay.context().addServiceListener((AllServiceListener)
                event -> note("service", event.getServiceReference().getBundle()));
        mainstay.context().addFrameworkListener(event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                events.add("refresh");
            }
        });
    }

    private void note(String kind, Bundle bundle) {
        events.add(kind + " " + bundle.getSymbolicName());
    }

    private static String kind(int type) {
        return switch (type) {
            case BundleEvent.STARTED -> "started";
            case BundleEvent.STOPPED -> "stopped";
            default -> "bundle";
        };
    }

    private Set<String> disturbed() {
        return events.stream()
                .map(event -> event.substring(event.lastIndexOf(' ') + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static TestJar component(String name, String reference) {
        return TestJar.bundle(name, "1.0.0")
                .header("Service-Component", "OSGI-INF/component.xml")
                .header("Require-Capability", "osgi.extender;filter:=\"(osgi.extender=osgi.component)\"")
                .entry(
                        "OSGI-INF/component.xml",
                        "<component xmlns=\"http://www.osgi.org/xmlns/scr/v1.3.0\" name=\"" + name
                                + "\" immediate=\"true\"><implementation class=\"" + name + ".Part\"/>"
                                + "<service><provide interface=\"java.lang.Runnable\"/></service>" + reference
                                + "</component>")
                .code("package " + name + "; public class Part implements Runnable { public void run() {} }");
    }

    private void makeAVariedSystem() throws Exception {
        applied(Change.by("test")
                .add(RealBundle.checked("org.osgi.service.component"))
                .add(RealBundle.checked("org.apache.felix.scr"))
                .add(component("maker", "").checked())
                .add(component(
                                "taker",
                                "<reference name=\"all\" interface=\"java.util.concurrent.Callable\""
                                        + " cardinality=\"0..n\" policy=\"static\" policy-option=\"greedy\"/>")
                        .checked())
                .add(Journal.api("lib", "1.0.0").checked())
                .add(Journal.bundle("user", "1.0.0", "lib").checked())
                .add(Journal.bundle("optional", "1.0.0", "fresh;resolution:=optional")
                        .checked())
                .add(Journal.bundle("dynamic", "1.0.0")
                        .header("DynamicImport-Package", "*")
                        .checked())
                .add(Journal.bundle("requirer", "1.0.0")
                        .header("Require-Bundle", "fresh;resolution:=optional")
                        .checked())
                .add(Journal.bundle("host", "1.0.0").checked())
                .add(TestJar.fragment("part", "host").checked())
                .add(TestJar.fragment("hostless", "host;bundle-version=\"[1,2)\"")
                        .header("Import-Package", "fresh;resolution:=optional")
                        .checked()));
        assertThat(mainstay.context().getServiceReferences(Runnable.class, null))
                .extracting(reference -> reference.getBundle().getSymbolicName())
                .contains("maker", "taker");
    }

    @Test
    void addedBundleThatNobodyImports_isNoEventForAnyOther() throws Exception {
        makeAVariedSystem();
        listen();

        DeployResult result =
                applied(Journal.doing("fresh", "1.0.0", "context.registerService(Comparable.class, \"\", null);", "")
                        .header("Export-Package", "fresh"));

        assertThat(disturbed()).containsExactly("fresh");
        assertThat(events).contains("service fresh", "started fresh");
        assertThat(result.preview().reset()).isEmpty();
        assertThat(result.preview().rewiredAtBoot())
                .anyMatch(line -> line.startsWith("optional 1.0.0 stays without package fresh"));
    }

    /** The negative control: what is really used is disturbed, and the listeners see it. */
    @Test
    void addedServiceThatAComponentWaitsFor_isSeen() throws Exception {
        makeAVariedSystem();
        listen();

        applied(Journal.doing(
                "fresh",
                "1.0.0",
                "context.registerService(java.util.concurrent.Callable.class, () -> null, null);",
                ""));

        assertThat(disturbed()).containsExactly("fresh", "taker");
    }

    @Test
    void updatedProvider_resetsItsClosureOnly_andThatIsFelixsOwn() throws Exception {
        makeAVariedSystem();
        Set<String> closure = new HashSet<>();
        mainstay.context()
                .getBundle("System Bundle")
                .adapt(FrameworkWiring.class)
                .getDependencyClosure(List.of(mainstay.context().getBundle("mainstay:lib")))
                .forEach(bundle -> closure.add(bundle.getLocation()));
        listen();

        DeployResult result = applied(Journal.api("lib", "1.0.1"));

        assertThat(result.preview().reset())
                .extracting(ResetMember::location)
                .containsExactlyInAnyOrderElementsOf(closure);
        assertThat(disturbed()).containsExactly("lib", "refresh", "user");
    }

    @Test
    void updatedFragment_resetsItsHostAndTheHostsUsers_asFelixWould() throws Exception {
        applied(
                Journal.api("host", "1.0.0"),
                TestJar.fragment("part", "host").entry("a", "1"),
                TestJar.fragment("sibling", "host"),
                Journal.bundle("user", "1.0.0", "host"),
                Journal.bundle("bystander", "1.0.0"));
        Set<String> closure = new HashSet<>();
        mainstay.context()
                .getBundle("System Bundle")
                .adapt(FrameworkWiring.class)
                .getDependencyClosure(List.of(mainstay.context().getBundle("mainstay:part")))
                .forEach(bundle -> closure.add(bundle.getLocation()));

        DeployResult result = applied(TestJar.fragment("part", "host").entry("a", "2"));

        assertThat(result.preview().reset())
                .extracting(ResetMember::location)
                .containsExactlyInAnyOrderElementsOf(closure);
        assertThat(result.resetDifference()).isEmpty();
    }

    @Test
    void thirtyBundles_areOneReset_andEachIsStoppedAndStartedOnce() throws Exception {
        applied(chain("1.0.0"));
        listen();

        applied(chain("1.1.0"));

        // ours, and that of Felix inside the update of the one bundle that nobody uses
        assertThat(events.stream().filter("refresh"::equals)).hasSize(2);
        for (int i = 0; i < 30; i++) {
            String name = "b" + i;
            assertThat(events.stream().filter(("stopped " + name)::equals)).hasSize(1);
            assertThat(events.stream().filter(("started " + name)::equals)).hasSize(1);
        }
    }

    private static TestJar[] chain(String version) {
        TestJar[] jars = new TestJar[30];
        for (int i = 0; i < jars.length; i++) {
            String[] imports = i == jars.length - 1 ? new String[0] : new String[] {"b" + (i + 1)};
            jars[i] = Journal.api("b" + i, version, imports);
        }
        return jars;
    }
}
