package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import io.mainstay.configuration.Configuration;
import io.mainstay.framework.apply.DryRun;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.Trial;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node tries a change that somebody else wants to make, and changes nothing. */
@Timeout(60)
class TrialTest extends FrameworkTest {

    private LiveNodes nodes() {
        return new LiveNodes(mainstay.store(), channel());
    }

    private Optional<DryRun.Finding> tried(long base, SystemState wanted, TestJar fresh) throws Exception {
        NodeRecord node = nodes().alive().get(0);
        return nodes().tried(
                        node,
                        "jane",
                        new Trial(base, wanted, List.of(fresh.checked().content()), Set.of()))
                .map(json -> new Gson().fromJson(json, DryRun.Finding.class));
    }

    private GenerationRecord head() {
        return mainstay.store().history().head(channel()).orElseThrow();
    }

    /** The head's state with another bundle, in place of the one of its name. */
    private SystemState with(TestJar jar) throws Exception {
        CheckedBundle bundle = jar.checked();
        SystemState state = head().generation().state();
        String location = "mainstay:" + bundle.content().symbolicName();
        List<GenerationEntry> entries = new ArrayList<>(state.entries());
        entries.removeIf(entry -> entry.location().equals(location));
        entries.add(new GenerationEntry(
                location,
                bundle.content().symbolicName(),
                bundle.content().version(),
                bundle.content().digest(),
                1,
                true));
        return SystemState.of(
                entries, state.frameworkProperties(), state.configurations().values());
    }

    @Test
    void whatIsTried_isFoundOut_andNothingElse() throws Exception {
        applied(Journal.api("lib", "1.0.0"), Journal.bundle("user", "1.0.0", "lib"));
        long base = head().number();
        TestJar next = Journal.api("lib", "1.1.0");

        DryRun.Finding good = tried(base, with(next), next).orElseThrow();
        TestJar lost = Journal.bundle("lost", "1.0.0", "nowhere");
        DryRun.Finding bad = tried(base, with(lost), lost).orElseThrow();

        assertThat(good.problems()).isEmpty();
        assertThat(good.reset()).extracting("location").containsExactlyInAnyOrder("mainstay:lib", "mainstay:user");
        assertThat(bad.problems().get(0)).contains("lost 1.0.0", "nowhere");
        assertThat(head().number()).isEqualTo(base);
        assertThat(mainstay.store().contents().find(next.checked().content().digest()))
                .isEmpty();
        NodeRecord node = nodes().alive().get(0);
        assertThat(mainstay.store().requests().open(node.incarnation())).isEmpty();
    }

    @Test
    void nodeThatRunsSomethingElse_saysNothing() throws Exception {
        applied(Journal.api("lib", "1.0.0"));
        TestJar next = Journal.api("lib", "1.1.0");

        assertThat(tried(head().number() + 1, with(next), next)).isEmpty();
    }

    @Test
    void text_isReadAgain() throws Exception {
        TestJar jar = Journal.api("lib", "1.0.0");
        Configuration configuration = new Configuration("pid", Optional.empty(), "pid", new TreeMap<>());
        SystemState state = SystemState.of(
                List.of(new GenerationEntry(
                        "a \"b\"",
                        "lib",
                        jar.checked().content().version(),
                        jar.checked().content().digest(),
                        3,
                        false)),
                Map.of("name", "line\nline"),
                List.of(configuration));
        Trial trial = new Trial(7, state, List.of(jar.checked().content()), Set.of("x", "y"));

        assertThat(Trial.read(trial.text())).isEqualTo(trial);
    }
}
