package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.RealBundle;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.handover.Handover;
import io.mainstay.framework.handover.SavedState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** What services keep in memory goes on in their next code, or back to the old. */
@Timeout(120)
class HandoverTest extends FrameworkTest {
    private static final String SAVE = "return new SavedState(\"count\", 1, java.util.Map.of(\"count\", count));";
    private static final String RESTORE = "count = (Long) state.data().get(\"count\");";
    private static final String REGISTER =
            "context.registerService(java.util.function.LongSupplier.class, new counter.Counter(), null);";

    HandoverTest() {
        properties.merge(
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "org.slf4j;version=1.7.36,org.slf4j.helpers;version=1.7.36",
                (one, other) -> one + "," + other);
        properties.put(Settings.HANDOVER_LIMIT, "500");
    }

    private static TestJar counter(String version) {
        return counter(version, SAVE, RESTORE);
    }

    private static TestJar counter(String version, String save, String restore) {
        return counter(version, REGISTER, save, restore);
    }

    /** A service that counts its calls. */
    private static TestJar counter(String version, String start, String save, String restore) {
        return Journal.doing("counter", version, start, "", Handover.class.getPackageName())
                .code("package counter; import " + Handover.class.getPackageName()
                        + ".*; public class Counter implements java.util.function.LongSupplier, Handover {"
                        + " private long count;"
                        + " public synchronized long getAsLong() { return ++count; }"
                        + " public synchronized SavedState save() throws Exception { " + save + " }"
                        + " public synchronized void restore(SavedState state) throws Exception { " + restore + " } }");
    }

    private LongSupplier find() {
        return mainstay.find(LongSupplier.class, Duration.ofSeconds(5)).orElseThrow();
    }

    @Test
    void countGoesOn_underLoad_inAnyNumberOfVersions() throws Exception {
        applied(counter("1.0.0"));
        LongSupplier counter = find();
        Callers callers = Callers.start(3, counter::getAsLong);

        for (int i = 1; i <= 10; i++) {
            boolean failing = i % 4 == 0;
            DeployResult result =
                    commit(counter("1." + i + ".0", SAVE, failing ? "throw new Exception(\"no\");" : RESTORE));
            assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(failing ? Result.FAILED : Result.APPLIED);
            assertThat(result.continuity().orElseThrow().handedOver()).isEqualTo(1);
        }

        assertThat(callers.end()).isEmpty();
        assertThat(counter.getAsLong()).isEqualTo(callers.calls() + 1);
    }

    @Test
    void failingRestore_takesTheChangeBack_andTheOldCodeHasWhatItSaved() throws Exception {
        applied(counter("1.0.0"));
        LongSupplier counter = find();
        counter.getAsLong();
        counter.getAsLong();

        DeployResult result = commit(
                counter("2.0.0", SAVE, "throw new IllegalStateException(\"version \" + state.version() + \"?\");"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow())
                .startsWith("Cannot restore the state of java.util.function.LongSupplier of counter: ")
                .contains("IllegalStateException: version 1?");
        assertThat(counter.getAsLong()).isEqualTo(3);
        assertThat(Journal.take()).endsWith("stop counter 1.0.0", "start counter 2.0.0", "start counter 1.0.0");
    }

    @Test
    void changeThatFailsOtherwise_givesTheOldCodeWhatItSaved() throws Exception {
        applied(counter("1.0.0"));
        LongSupplier counter = find();
        counter.getAsLong();

        DeployResult result = commit(counter(
                "2.0.0", REGISTER + " if (true) throw new Exception(\"late\");", SAVE, "count = -100; " + RESTORE));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow()).contains("late");
        assertThat(counter.getAsLong()).isEqualTo(2);
    }

    @Test
    void whatOneTakerDoesToArrays_theOtherDoesNotSee() throws Exception {
        applied(counter(
                "1.0.0",
                "return new SavedState(\"count\", 1, java.util.Map.of(\"count\", count, \"bytes\", new byte[] {7}));",
                RESTORE + " count += ((byte[]) state.data().get(\"bytes\"))[0];"));
        LongSupplier counter = find();
        counter.getAsLong();

        DeployResult result =
                commit(counter("2.0.0", SAVE, "((byte[]) state.data().get(\"bytes\"))[0] = 100; throw new Error();"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(counter.getAsLong()).isEqualTo(1 + 7 + 1);
    }

    @Test
    void failingSave_stopsNothing() throws Exception {
        applied(counter("1.0.0", "throw new Exception(\"busy\");", RESTORE));
        LongSupplier counter = find();
        counter.getAsLong();
        Journal.take();

        DeployResult result = commit(counter("2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow())
                .isEqualTo("Cannot save the state of java.util.function.LongSupplier of counter: java.lang.Exception:"
                        + " busy; with --force its state is left behind");
        assertThat(Journal.take()).isEmpty();
        assertThat(counter.getAsLong()).isEqualTo(2);

        DeployResult again = forced(counter("2.0.0"));
        requireApplied(again);
        assertThat(again.continuity().orElseThrow().leftBehind().get(0)).contains("busy");
        assertThat(counter.getAsLong()).isEqualTo(1);
    }

    @Test
    void hangingSaveOrRestore_isTimedOut_andNamed() throws Exception {
        applied(counter("1.0.0"));
        LongSupplier counter = find();
        counter.getAsLong();

        DeployResult result = commit(counter("2.0.0", SAVE, "Thread.sleep(60_000);"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow())
                .contains("it did not end within 500 ms; thread 'mainstay: restore the state of")
                .contains("counter.Counter.restore");
        assertThat(counter.getAsLong()).isEqualTo(2);

        applied(counter("3.0.0", "Thread.sleep(60_000); return null;", RESTORE));
        DeployResult saving = commit(counter("4.0.0"));
        assertThat(saving.cause().orElseThrow()).contains("within 500 ms", "counter.Counter.save");
        assertThat(counter.getAsLong()).isEqualTo(3);
    }

    @Test
    void dataOfTheBundlesOwnTypes_isRefused_namingWhere() throws Exception {
        applied(counter(
                "1.0.0",
                "return new SavedState(\"count\", 1, java.util.Map.of(\"all\", java.util.List.of(1, this)));",
                RESTORE));

        DeployResult result = commit(counter("2.0.0"));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow()).contains("count.all[1]: it is a counter.Counter");
    }

    @Test
    void codeThatTakesNoState_leavesItBehind_andThatIsTold() throws Exception {
        applied(counter("1.0.0"));
        LongSupplier counter = find();
        counter.getAsLong();

        DeployResult result = commit(Journal.doing(
                "counter",
                "2.0.0",
                "context.registerService(java.util.function.LongSupplier.class, () -> 42, null);",
                ""));

        requireApplied(result);
        assertThat(result.continuity().orElseThrow().handedOver()).isZero();
        assertThat(result.continuity().orElseThrow().leftBehind())
                .containsExactly("java.util.function.LongSupplier of counter: nobody has taken it");
        assertThat(counter.getAsLong()).isEqualTo(42);
    }

    @Test
    void stateGoesOn_whereTheTypeOfTheServiceIsResetToo_andBack() throws Exception {
        applied(counting("1.0.0", RESTORE));
        call();
        call();

        DeployResult result = commit(counting("1.1.0", RESTORE));
        requireApplied(result);
        assertThat(result.continuity().orElseThrow().leftBehind()).isEmpty();
        assertThat(call()).isEqualTo(3L);

        assertThat(commit(counting("1.2.0", "throw new Exception(\"no\");")).outcome())
                .isEqualTo(Result.FAILED);
        assertThat(call()).isEqualTo(4L);
    }

    private Object call() throws Exception {
        Object service =
                mainstay.context().getService(mainstay.context().getAllServiceReferences("counter.Count", null)[0]);
        return service.getClass().getMethod("getAsLong").invoke(service);
    }

    private static TestJar counting(String version, String restore) {
        return counter(
                        version,
                        "context.registerService(counter.Count.class, new counter.Both(), null);",
                        SAVE,
                        restore)
                .header("Export-Package", "counter")
                .code("package counter; public interface Count { long getAsLong(); }")
                .code("package counter; public class Both extends Counter implements Count { }");
    }

    /** Its activator calls the counter, which has to have its state by then. */
    private static TestJar user(String version, String imported) {
        return Journal.doing(
                "user",
                version,
                "Object found = context.getService(context.getServiceReference(\"java.util.function.LongSupplier\"));"
                        + Journal.class.getName()
                        + ".note(\"counts \" + ((java.util.function.LongSupplier) found).getAsLong());",
                "",
                imported);
    }

    @Test
    void userThatIsResetToo_andCallsWhileItStarts_findsTheState() throws Exception {
        TestJar[] first = {
            counter("1.0.0").header("Export-Package", "counter"), user("1.0.0", "counter;version=\"[0,3)\"")
        };
        applied(first);
        assertThat(Journal.take()).endsWith("counts 1");

        applied(counter("1.1.0").header("Export-Package", "counter"), user("1.1.0", "counter;version=\"[0,3)\""));

        assertThat(Journal.take()).endsWith("counts 2");
    }

    private static Change.Builder withComponents() {
        return Change.by("test")
                .add(RealBundle.checked("org.osgi.service.component"))
                .add(RealBundle.checked("org.apache.felix.scr"));
    }

    private static TestJar component(String version, String provided, String attributes) {
        return counter(version, "", SAVE, RESTORE)
                .header("Service-Component", "OSGI-INF/counter.xml")
                .entry("OSGI-INF/counter.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="counter" %s>
                          <implementation class="counter.Counter"/>
                          <service><provide interface="java.util.function.LongSupplier"/>%s</service>
                        </scr:component>
                        """.formatted(attributes, provided));
    }

    @Test
    void components_handOver_withOneStateForAllUsers() throws Exception {
        applied(withComponents()
                .add(component("1.0.0", "", "immediate=\"true\"").checked())
                .add(user("1.0.0", "org.osgi.framework.wiring").checked()));
        LongSupplier counter = find();
        long before = counter.getAsLong();

        requireApplied(
                commit(component("1.1.0", "", "immediate=\"true\""), user("1.1.0", "org.osgi.framework.wiring")));

        assertThat(Journal.take()).endsWith("counts " + (before + 1));
        assertThat(counter.getAsLong()).isEqualTo(before + 2);
    }

    @Test
    void componentThatNobodyUses_isAsked_whereItOffersAHandoverByName() throws Exception {
        String provided = "<provide interface=\"" + Handover.class.getName() + "\"/>";
        applied(withComponents()
                .add(component("1.0.0", provided, "immediate=\"true\"").checked()));
        Bundle bundle = mainstay.context().getBundle("mainstay:counter");
        var reference = mainstay.context().getServiceReference(LongSupplier.class);
        mainstay.context().getService(reference).getAsLong();
        mainstay.context().ungetService(reference);

        DeployResult result = commit(component("1.1.0", provided, "immediate=\"true\""));

        requireApplied(result);
        assertThat(result.continuity().orElseThrow().handedOver()).isEqualTo(1);
        assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(find().getAsLong()).isEqualTo(2);
    }

    @Test
    void savedState_isACopy_thatCannotBeChanged() {
        List<Object> list = new ArrayList<>(List.of("a"));
        SavedState state = new SavedState("test", 2, Map.of("list", list));
        list.add("b");

        assertThat(state.data()).isEqualTo(Map.of("list", List.of("a")));
        assertThatThrownBy(() -> state.data().put("more", 1)).isInstanceOf(UnsupportedOperationException.class);
        List<Object> round = new ArrayList<>();
        round.add(round);
        assertThatThrownBy(() -> new SavedState("test", 1, Map.of("round", round)))
                .hasMessageContaining("contains itself");
    }
}
