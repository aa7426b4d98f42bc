package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.deploy.Preview.MovedService;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Progress;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;

/** What a change is said to do, before and without doing it. */
@Timeout(60)
class PredictionTest extends FrameworkTest {
    private static final Deployer.Options FORCED = new Deployer.Options(true, true, Progress.NONE);

    private static TestJar api(String version, String exported, String member) {
        return Journal.bundle("lib", version)
                .header("Export-Package", "lib;version=" + exported)
                .code("package lib; public class Api { " + member + " }");
    }

    private static TestJar user(String name, String of) {
        return Journal.bundle(name, "1.0.0", of);
    }

    private NodeReport awaitReport(Predicate<NodeReport> wanted) throws InterruptedException {
        LiveNodes nodes = new LiveNodes(mainstay.store(), channel());
        NodeReport report = NodeReport.EMPTY;
        for (int i = 0; i < 200; i++) {
            report = NodeReport.of(nodes.alive().get(0).report());
            if (wanted.test(report)) {
                return report;
            }
            Thread.sleep(50); // the node looks for itself every few seconds
        }
        throw new AssertionError("The node does not report it: " + report);
    }

    @Test
    void plan_touchesNothing() throws Exception {
        applied(api("1.0.0", "1.0.0", ""), user("user", "lib"));
        Journal.take();
        List<Object> before = whatIsStored();
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        mainstay.context().addBundleListener((SynchronousBundleListener) event -> events.add(event.toString()));
        mainstay.context().addServiceListener((AllServiceListener) event -> events.add(event.toString()));

        Preview preview = plan(api("1.0.1", "1.0.0", ""), Journal.bundle("fresh", "1.0.0"));

        assertThat(preview.diff().added()).hasSize(1);
        assertThat(preview.diff().updated()).hasSize(1);
        assertThat(whatIsStored()).isEqualTo(before);
        assertThat(events).isEmpty();
        assertThat(Journal.take()).isEmpty();
        applied(Journal.bundle("fresh", "1.0.0"));
        assertThat(events).isNotEmpty();
        assertThat(whatIsStored()).isNotEqualTo(before);
    }

    private List<Object> whatIsStored() {
        return List.of(
                mainstay.store().contents().all(),
                mainstay.store().history().all(channel(), 100),
                mainstay.store().history().channels());
    }

    @Test
    void resetSet_tellsWhy_ofEachMember() throws Exception {
        applied(
                Journal.api("a", "1.0.0"),
                Journal.api("b", "1.0.0", "a"),
                Journal.bundle("c", "1.0.0", "b"),
                Journal.bundle("host", "1.0.0"),
                Journal.bundle("bystander", "1.0.0"));

        Preview preview = plan(Journal.api("a", "2.0.0"), TestJar.fragment("part", "host"));

        assertThat(preview.reset())
                .extracting(ResetMember::label, ResetMember::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("a 1.0.0", "updated"),
                        org.assertj.core.groups.Tuple.tuple("b 1.0.0", "wired to a 1.0.0, which is updated"),
                        org.assertj.core.groups.Tuple.tuple(
                                "c 1.0.0", "wired to b 1.0.0, which is reset because of a 1.0.0, which is updated"),
                        org.assertj.core.groups.Tuple.tuple("host 1.0.0", "host of part 1.0.0, which is added"));
    }

    @Test
    void services_ofBundlesThatAreReset_move() throws Exception {
        applied(
                Journal.doing("maker", "1.0.0", "context.registerService(Runnable.class, () -> {}, null);", ""),
                Journal.doing("other", "1.0.0", "context.registerService(Runnable.class, () -> {}, null);", ""),
                Journal.doing(
                        "taker",
                        "1.0.0",
                        "for (var reference : context.getServiceReferences(Runnable.class, null))"
                                + " if (reference.getBundle().getSymbolicName().equals(\"maker\"))"
                                + " context.getService(reference);",
                        ""));
        awaitReport(report -> report.live().stream()
                .anyMatch(bundle -> bundle.services().stream()
                        .anyMatch(service -> !service.usedBy().isEmpty())));

        Preview preview = plan(Journal.bundle("maker", "1.1.0"));

        assertThat(preview.services())
                .contains(List.of(
                        new MovedService("maker 1.0.0", List.of("java.lang.Runnable"), List.of("taker 1.0.0"), true)));
        assertThat(plan(Journal.bundle("taker", "1.1.0")).services()).contains(List.of());
    }

    @Test
    void serviceThatComesWithoutABundle_isReported() throws Exception {
        applied(Journal.bundle("maker", "1.0.0"));
        Bundle maker = mainstay.context().getBundle("mainstay:maker");
        awaitReport(report -> !report.live().isEmpty());

        maker.getBundleContext().registerService(Runnable.class, () -> {}, null);

        awaitReport(report ->
                report.live().stream().anyMatch(bundle -> !bundle.services().isEmpty()));
    }

    @Test
    void services_areUnknown_whereNoNodeRuns() throws Exception {
        applied(Journal.bundle("maker", "1.0.0"));
        mainstay.close();
        mainstay = Mainstay.open(properties);

        assertThat(plan(Journal.bundle("maker", "1.1.0")).services()).isEmpty();
    }

    @Test
    void foreignBundle_isForeseenInTheReset() throws Exception {
        applied(api("1.0.0", "1.0.0", ""), user("user", "lib"));
        mainstay.context()
                .installBundle(
                        "file:foreign",
                        new ByteArrayInputStream(user("foreign", "lib").bytes()))
                .start();
        awaitReport(report -> report.live().stream()
                .anyMatch(bundle -> bundle.location().equals("file:foreign")
                        && !bundle.wiredTo().isEmpty()));

        DeployResult result = applied(api("1.0.1", "1.0.0", ""));

        assertThat(result.preview().reset())
                .extracting(ResetMember::location)
                .containsExactly("file:foreign", "mainstay:lib", "mainstay:user");
        assertThat(result.resetDifference()).isEmpty();
    }

    @Test
    void servicesWithTypesThatAreWiredAnew_goAndCome_othersStay() throws Exception {
        String begin = "context.registerService(Runnable.class, () -> {}, null);"
                + " context.registerService(own.Own.class, () -> {}, null);";
        Function<String, TestJar> own = version -> Journal.doing("own", version, begin, "")
                .header(Constants.EXPORT_PACKAGE, "own;version=1.0")
                .code("package own; public interface Own extends Runnable { }");
        applied(own.apply("1.0.0"));
        awaitReport(report ->
                report.live().stream().anyMatch(bundle -> bundle.services().size() == 2));

        List<MovedService> moved = plan(own.apply("1.1.0")).services().orElseThrow();

        assertThat(moved)
                .extracting(service -> service.types().get(0), MovedService::stays)
                .containsExactlyInAnyOrder(tuple("java.lang.Runnable", true), tuple("own.Own", false));
        ServiceReference<?> stays = mainstay.context().getServiceReference(Runnable.class);
        ServiceReference<?> goes = mainstay.context().getServiceReference("own.Own");
        applied(own.apply("1.1.0"));
        assertThat((Object) mainstay.context().getServiceReference(Runnable.class))
                .isSameAs(stays);
        assertThat((Object) mainstay.context().getServiceReference("own.Own"))
                .isNotNull()
                .isNotSameAs(goes);
    }

    @Test
    void brokenPackage_isRefused_beforeAnythingIsStored() throws Exception {
        applied(api("1.2.0", "1.2.0", "public void get(String key) {} public void open() {} public void shut() {}"));
        List<Object> before = whatIsStored();
        Change breaking = change(api("1.3.0", "1.3.0", "")).build();

        assertThatThrownBy(() -> mainstay.commit(breaking))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessage("Cannot commit on generation " + head().number() + ": lib 1.3.0 breaks package lib 1.2.0,"
                        + " which is live: method lib.Api.get(String) is removed, method lib.Api.open() is removed, and 1 more,"
                        + " and the package version went to"
                        + " 1.3.0, not 2.0.0; raise it, or override with --force");
        assertThat(whatIsStored()).isEqualTo(before);
        assertThat(mainstay.plan(breaking).refusals(false)).hasSize(1);
        assertThat(mainstay.plan(breaking).refusals(true)).isEmpty();
        applied(api("1.3.0", "2.0.0", ""));
    }

    @Test
    void brokenPackage_isForced_andTheLogHasIt_andTheWayBackIsOpen() throws Exception {
        GenerationRecord first = applied(api("1.2.0", "1.2.0", "public void get() {}"))
                .generation()
                .orElseThrow();

        DeployResult forced = mainstay.commit(
                change(api("1.2.1", "1.2.1", "public void put() {}")).build(), FORCED);

        assertThat(forced.outcome()).isEqualTo(Result.APPLIED);
        assertThat(head().cause().orElseThrow()).startsWith("forced: lib 1.2.1 breaks package lib 1.2.0");
        DeployResult back = mainstay.commit(
                Change.by("test").restore(first.generation().state()).build());
        assertThat(back.outcome()).isEqualTo(Result.APPLIED);
        assertThat(head().cause()).isEmpty();
    }

    @Test
    void garbageInAPackage_isUnknown_andRefusesNothing() throws Exception {
        applied(api("1.2.0", "1.2.0", ""));

        Preview preview = plan(api("1.2.1", "1.2.1", "").entry("lib/Garbage.class", "no class at all"));

        assertThat(preview.refusals(false)).isEmpty();
        assertThat(preview.unknown()).hasSize(1);
    }

    @Test
    void wiringThatABootWouldMakeOtherwise_isTold() throws Exception {
        applied(
                Journal.bundle("a", "1.0.0").header("Export-Package", "shared;version=1.0"),
                Journal.bundle("x", "1.0.0", "shared;version=\"[1,2)\""),
                Journal.bundle("open", "1.0.0", "late;resolution:=optional"));

        Preview preview = plan(
                Journal.bundle("b", "1.0.0").header("Export-Package", "shared;version=1.1,late"),
                Journal.bundle("bystander", "1.0.0"));

        assertThat(preview.reset()).isEmpty();
        assertThat(preview.rewiredAtBoot())
                .containsExactly(
                        "open 1.0.0 stays without package late; after a restart it would use b 1.0.0",
                        "x 1.0.0 stays wired to a 1.0.0 for package shared; after a restart it would use b 1.0.0");
        assertThat(plan(Journal.bundle("bystander", "1.0.0")).rewiredAtBoot()).isEmpty();
    }

    private GenerationRecord head() {
        return mainstay.store().history().head(channel()).orElseThrow();
    }

    @Test
    void missingPackage_isOneRootCause() {
        Preview preview = plan(
                user("top", "middle"), Journal.api("middle", "1.0.0", "base;version=2"), Journal.api("base", "1.0.0"));

        assertThat(preview.problems())
                .singleElement()
                .asString()
                .startsWith("middle 1.0.0 needs package base from 2.0.0, which nothing provides; there is");
        assertThat(Optional.of(preview.breaks())).contains(List.of());
    }

    @Test
    void badHeader_isNamed() {
        assertThat(plan(TestJar.bundle("bad", "1.0.0").header("Import-Package", "a;version=\"[1,"))
                        .problems())
                .containsExactly("bad 1.0.0 has a header that OSGi does not allow: Import-Package: a;version=\"[1,;"
                        + " correct its manifest");
        assertThat(plan(TestJar.bundle("bad", "1.0.0")
                                .header("Export-Package", "b")
                                .header("Import-Package", "a,a"))
                        .problems())
                .containsExactly("bad 1.0.0 has a header that OSGi does not allow: Import-Package: a,a"
                        + " (Duplicate import: a); correct its manifest");
    }
}
