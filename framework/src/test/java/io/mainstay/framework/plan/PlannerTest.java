package io.mainstay.framework.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.plan.RunningBundle.State;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

class PlannerTest {

    @Test
    void sameState_needsNothing() {
        Plan plan = plan(running(active("a", "1")), List.of(wanted("a", "1", 1)));

        assertThat(plan.isEmpty()).isTrue();
        assertThat(plan.reset()).isEmpty();
    }

    @Test
    void addedBundleThatNobodyUses_resetsNobody() {
        Plan plan = plan(
                running(active("a", "1"), active("b", "1", "a")),
                List.of(wanted("a", "1", 1), wanted("b", "1", 1), wanted("c", "1", 1)));

        assertThat(plan.reset()).isEmpty();
        assertThat(plan.steps())
                .containsExactly(
                        new Step.Install("c", digest("c", "1"), 1),
                        new Step.Resolve(List.of("c")),
                        new Step.RaiseFrameworkLevel(1),
                        new Step.Start("c"));
    }

    @Test
    void updatedProvider_resetsItsUsersAndTheirs_eachOnce() {
        Plan plan = plan(
                running(
                        active("api", "1"),
                        active("user", "1", "api"),
                        active("far", "1", "user", "api"),
                        active("other", "1")),
                List.of(
                        wanted("api", "2", 1),
                        importing("user", "1", "api"),
                        importing("far", "1", "user"),
                        wanted("other", "1", 1)));

        assertThat(plan.reset())
                .extracting(ResetMember::location, ResetMember::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("api", "updated"),
                        org.assertj.core.groups.Tuple.tuple("far", "wired to api 1.0.0, which is updated"),
                        org.assertj.core.groups.Tuple.tuple("user", "wired to api 1.0.0, which is updated"));
        assertThat(locations(plan, Step.Stop.class)).containsExactly("far", "user", "api");
        assertThat(locations(plan, Step.Start.class)).containsExactly("api", "user", "far");
        assertThat(plan.steps()).filteredOn(Step.Refresh.class::isInstance).hasSize(1);
    }

    @Test
    void bundleStoppedByHand_staysStopped_unlessItIsUpdated() {
        Plan besides = plan(
                running(active("api", "1"), stopped("a", "1")), List.of(wanted("api", "2", 1), wanted("a", "1", 1)));
        Plan update = plan(running(stopped("a", "1")), List.of(wanted("a", "2", 1)));

        assertThat(locations(besides, Step.Start.class)).containsExactly("api");
        assertThat(locations(update, Step.Stop.class)).isEmpty();
        assertThat(locations(update, Step.Start.class)).containsExactly("a");
    }

    @Test
    void bundleThatIsToRest_isStoppedForGood_andStartedOnlyWhenAsked() {
        TargetBundle resting = resting("a", "1");

        Plan rest = plan(running(active("a", "1"), active("b", "1", "a")), List.of(resting, wanted("b", "1", 1)));

        assertThat(rest.steps()).containsExactly(new Step.Deactivate("a"), new Step.RaiseFrameworkLevel(1));
        assertThat(rest.reset()).isEmpty();
        assertThat(locations(plan(running(), List.of(resting)), Step.Start.class))
                .isEmpty();
        assertThat(locations(plan(running(stopped("a", "1")), List.of(wanted("a", "1", 1))), Step.Start.class))
                .isEmpty();
        assertThat(locations(
                        Planner.plan(running(stopped("a", "1")), List.of(wanted("a", "1", 1)), Swaps.NONE, Set.of("a")),
                        Step.Start.class))
                .containsExactly("a");
    }

    @Test
    void foreignBundle_isUpdatedEvenIfItsBytesAreTheSame() {
        RunningBundle now = active("a", "1");
        RunningBundle foreign = new RunningBundle(
                "a", "a 1", now.content(), true, 1, State.ACTIVE, Optional.empty(), "a", Set.of(), Sharing.NONE);

        Plan plan = plan(running(foreign, active("b", "1", "a")), List.of(wanted("a", "1", 1), wanted("b", "1", 1)));

        assertThat(plan.steps()).contains(new Step.Update("a", digest("a", "1")));
        assertThat(plan.reset()).hasSize(2);
    }

    @Test
    void addedFragment_resetsItsHostOnly() {
        TargetBundle fragment = target("f", "1", 1, Map.of("Fragment-Host", "a;bundle-version=1"));

        Plan plan = plan(
                running(active("a", "1"), active("b", "1")),
                List.of(wanted("a", "1", 1), wanted("b", "1", 1), fragment));

        assertThat(plan.reset()).extracting(ResetMember::location).containsExactly("a");
        assertThat(locations(plan, Step.Start.class)).containsExactly("a");
    }

    @Test
    void addedFragment_doesNotResetABundleThatItsRangeLeavesOut() {
        for (String range : List.of("bundle-version=2", "x=y; bundle-version = \"[0.5,1)\"")) {
            TargetBundle fragment = target("f", "1", 1, Map.of("Fragment-Host", "a;" + range));

            assertThat(plan(running(active("a", "1")), List.of(wanted("a", "1", 1), fragment))
                            .reset())
                    .isEmpty();
        }
    }

    @Test
    void removedBundle_resetsItsUsers_andIsNotStarted() {
        Plan plan = plan(running(active("a", "1"), active("b", "1", "a")), List.of(wanted("b", "1", 1)));

        assertThat(plan.steps()).contains(new Step.Uninstall("a"), new Step.Start("b"));
        assertThat(locations(plan, Step.Start.class)).containsExactly("b");
        assertThat(plan.reset())
                .extracting(ResetMember::reason)
                .contains("removed", "wired to a 1.0.0, which is removed");
    }

    @Test
    void changedStartLevel_isSetWithoutAReset() {
        Plan plan = plan(running(active("a", "1")), List.of(wanted("a", "1", 7)));

        assertThat(plan.reset()).isEmpty();
        assertThat(plan.steps()).containsExactly(new Step.RaiseFrameworkLevel(7), new Step.SetStartLevel("a", 7));
    }

    @Test
    void wayBack_startsWhatWasActive() {
        RunningBundle left = new RunningBundle(
                "a", "a 1", digest("a", "2"), false, 1, State.RESOLVED, Optional.empty(), "a", Set.of(), Sharing.NONE);
        RunningBundle untouched = new RunningBundle(
                "b", "b 1", digest("b", "1"), false, 1, State.RESOLVED, Optional.empty(), "b", Set.of(), Sharing.NONE);

        Plan back = Planner.planBack(
                running(left, untouched, active("new", "1")),
                List.of(wanted("a", "1", 1), wanted("b", "1", 1)),
                Swaps.NONE,
                Set.of("a", "b"),
                Set.of());

        assertThat(back.steps()).contains(new Step.Update("a", digest("a", "1")), new Step.Uninstall("new"));
        assertThat(locations(back, Step.Start.class)).containsExactly("a", "b");
    }

    private static RunningBundle used(String name, String version, Sharing.Use... uses) {
        RunningBundle bundle = active(name, version);
        return new RunningBundle(
                name,
                bundle.label(),
                bundle.content(),
                false,
                1,
                State.ACTIVE,
                Optional.empty(),
                name,
                bundle.providers(),
                new Sharing(List.of(uses), 0));
    }

    private static Sharing.Use packageOf(String user, String name) {
        return new Sharing.Use(user, "osgi.wiring.package", name, Version.parseVersion("1.2"));
    }

    private static TargetBundle sharing(String name, String version, String api) {
        return target(name, version, 1, Map.of(Content.SUBSTITUTABLE + name, api));
    }

    private static Plan swap(RunningState running, TargetBundle before, TargetBundle after, TargetBundle... others) {
        List<TargetBundle> wanted = new java.util.ArrayList<>(List.of(others));
        wanted.add(after);
        return Planner.plan(running, wanted, Swaps.knowing(List.of(before, after)));
    }

    @Test
    void provider_isSwappedUnderItsUsers_whereItTakesTheirPackages() {
        RunningState running = running(used("a", "1", packageOf("b", "a")), active("b", "1", "a"));

        Plan plan = swap(running, sharing("a", "1", "x [1,2)"), sharing("a", "2", "x [1,2)"), wanted("b", "1", 1));

        assertThat(plan.reset()).extracting(ResetMember::location).containsExactly("a");
        assertThat(plan.reset().get(0).way().swapped()).isTrue();
        assertThat(plan.steps())
                .containsExactly(
                        new Step.Stop("a"),
                        new Step.Update("a", digest("a", "2")),
                        new Step.Resolve(List.of("a")),
                        new Step.RequireShared("a", Set.of("a")),
                        new Step.RaiseFrameworkLevel(1),
                        new Step.Start("a"));
    }

    @Test
    void provider_isNotSwapped_whereItCannotBe_andThePlanSaysWhy() {
        TargetBundle b = wanted("b", "1", 1);
        RunningState running = running(used("a", "1", packageOf("b", "a")), active("b", "1", "a"));
        RunningState required = running(
                used("a", "1", new Sharing.Use("b", "osgi.wiring.bundle", "a", Version.emptyVersion)),
                active("b", "1", "a"));

        Map<Plan, String> plans = Map.of(
                swap(running, sharing("a", "1", "x [1,2)"), sharing("a", "2", "y [1,2)"), b),
                "package a is not the same as before",
                swap(running, sharing("a", "1", "x [1,2)"), sharing("a", "2", "x [1.3,2)"), b),
                "it imports package a [1.3.0,2.0.0), and its users have 1.2.0",
                swap(running, sharing("a", "1", "x [1,2)"), wanted("a", "2", 1), b),
                "it does not both export and import package a on its own",
                swap(required, sharing("a", "1", "x [1,2)"), sharing("a", "2", "x [1,2)"), b),
                "others use its osgi.wiring.bundle");

        plans.forEach((plan, why) -> {
            assertThat(plan.reset()).extracting(ResetMember::location).containsExactly("a", "b");
            assertThat(plan.reset().get(0).way()).isEqualTo(new ResetMember.Way(false, why));
            assertThat(locations(plan, Step.Start.class)).containsExactly("a", "b");
        });
    }

    @Test
    void provider_isReset_ifItsUsersAreAnyway() {
        RunningState running = running(used("a", "1", packageOf("b", "a")), active("b", "1", "a"));

        Plan plan = Planner.plan(
                running,
                List.of(sharing("a", "2", "x [1,2)"), wanted("b", "2", 1)),
                Swaps.knowing(List.of(sharing("a", "1", "x [1,2)"), sharing("a", "2", "x [1,2)"))));

        assertThat(plan.reset()).extracting(member -> member.way().swapped()).containsOnly(false);
        assertThat(plan.steps()).contains(new Step.Refresh(List.of("a", "b")));
    }

    @Test
    void startOrder_isByLevelThenProvidersFirst_andBearsCircles() {
        List<TargetBundle> order = StartOrder.of(List.of(
                importing("a", "1", "z"),
                importing("z", "1", "a"),
                importing("b", "1", "y"),
                target("y", "1", 1, Map.of("Export-Package", "y;uses:=\"a,b\";version=1")),
                target("early", "1", 1, Map.of("Import-Package", "late")),
                target("late", "1", 2, Map.of("Export-Package", "late"))));

        List<String> names = order.stream().map(TargetBundle::location).toList();
        assertThat(names.indexOf("y")).isLessThan(names.indexOf("b"));
        assertThat(names).last().isEqualTo("late");
        assertThat(names).hasSize(6);
    }

    @Test
    void names_areWhatIsInNoQuotes() {
        Content content = target(
                        "a",
                        "1",
                        1,
                        Map.of("Import-Package", " x ; y;uses:=\"no,such\";a=\"\\\"b,c\" , z;version=\"[1,2)\",,w"))
                .content();

        assertThat(StartOrder.names(content, "Import-Package")).containsExactly("x", "y", "z", "w");
        assertThat(StartOrder.names(content, "Export-Package")).isEmpty();
    }

    private static Plan plan(RunningState running, List<TargetBundle> wanted) {
        return Planner.plan(running, wanted, Swaps.NONE);
    }

    private static RunningBundle stopped(String name, String version) {
        RunningBundle bundle = active(name, version);
        return new RunningBundle(
                name,
                bundle.label(),
                bundle.content(),
                false,
                1,
                State.RESOLVED,
                Optional.empty(),
                name,
                Set.of(),
                Sharing.NONE);
    }

    private static TargetBundle resting(String name, String version) {
        TargetBundle bundle = wanted(name, version, 1);
        return new TargetBundle(bundle.entry().autostarting(false), bundle.content());
    }

    private static List<String> locations(Plan plan, Class<? extends Step> kind) {
        return plan.steps().stream()
                .filter(kind::isInstance)
                .map(step -> step instanceof Step.Stop stop ? stop.location() : ((Step.Start) step).location())
                .toList();
    }

    private static RunningState running(RunningBundle... bundles) {
        return RunningState.of(Arrays.asList(bundles));
    }

    private static RunningBundle active(String name, String version, String... providers) {
        return new RunningBundle(
                name,
                name + " " + Version.parseVersion(version),
                digest(name, version),
                false,
                1,
                State.ACTIVE,
                Optional.empty(),
                name,
                Set.of(providers),
                Sharing.NONE);
    }

    private static TargetBundle wanted(String name, String version, int level) {
        return target(name, version, level, Map.of("Export-Package", name));
    }

    private static TargetBundle importing(String name, String version, String imported) {
        return target(name, version, 1, Map.of("Import-Package", imported, "Export-Package", name));
    }

    private static TargetBundle target(String name, String version, int level, Map<String, String> headers) {
        Digest digest = digest(name, version);
        Version parsed = Version.parseVersion(version);
        return new TargetBundle(
                new GenerationEntry(name, name, parsed, digest, level), new Content(digest, 1, name, parsed, headers));
    }

    private static Digest digest(String name, String version) {
        return Digest.of((name + version).getBytes(StandardCharsets.UTF_8));
    }
}
