package io.mainstay.framework.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

class StateEditorTest {

    @Test
    void newVersionOfTheOnlyOne_updatesIt_atTheSamePlaceAndLevel() {
        SystemState before = edit(SystemState.EMPTY, change().add(bundle("a", "1", "x"), 5));
        SystemState after = edit(before, change().add(bundle("a", "2", "y")));

        assertThat(after.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.location()).isEqualTo("mainstay:a");
            assertThat(entry.version()).isEqualTo(new Version("2"));
            assertThat(entry.startLevel()).isEqualTo(5);
        });
    }

    @Test
    void sameVersionWithOtherBytes_updates() {
        SystemState before = edit(SystemState.EMPTY, change().add(bundle("a", "1", "x")));
        SystemState after = edit(before, change().add(bundle("a", "1", "y")));

        assertThat(after.entries()).hasSize(1);
        assertThat(after.contents()).doesNotContainAnyElementsOf(before.contents());
    }

    @Test
    void twoVersionsAtOnce_goSideBySide_andStayWhereTheyAre() {
        SystemState first =
                edit(SystemState.EMPTY, change().add(bundle("a", "1", "x")).add(bundle("a", "2", "y")));
        SystemState again = edit(first, change().add(bundle("a", "2", "y2")).add(bundle("a", "1", "x2")));

        assertThat(first.entries())
                .extracting(GenerationEntry::location, entry -> entry.version().toString())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("mainstay:a", "1.0.0"),
                        org.assertj.core.groups.Tuple.tuple("mainstay:a#2", "2.0.0"));
        assertThat(again.entries())
                .extracting(GenerationEntry::location, entry -> entry.version().toString())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("mainstay:a", "1.0.0"),
                        org.assertj.core.groups.Tuple.tuple("mainstay:a#2", "2.0.0"));
    }

    @Test
    void thirdVersion_hasToSayWhichOneItUpdates() {
        SystemState two =
                edit(SystemState.EMPTY, change().add(bundle("a", "1", "x")).add(bundle("a", "2", "y")));

        assertThatThrownBy(() -> edit(two, change().add(bundle("a", "3", "z"))))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("a/1.0.0, a/2.0.0");
        assertThat(edit(two, change().remove("a/1.0.0").add(bundle("a", "3", "z")))
                        .entries())
                .extracting(entry -> entry.version().toString())
                .containsExactlyInAnyOrder("2.0.0", "3.0.0");
        Change beside = change().add(new Change.Addition(bundle("a", "3", "z"), OptionalInt.empty(), true))
                .build();
        assertThat(StateEditor.edit(two, beside).entries()).hasSize(3);
    }

    @Test
    void removingWhatIsNotThere_orIsThereTwice_isRefused() {
        SystemState two =
                edit(SystemState.EMPTY, change().add(bundle("a", "1", "x")).add(bundle("a", "2", "y")));

        assertThatThrownBy(() -> edit(two, change().remove("b"))).hasMessageContaining("no bundle of that name");
        assertThatThrownBy(() -> edit(two, change().remove("a"))).hasMessageContaining("it names 2 bundles");
        assertThat(edit(two, change().remove("mainstay:a#2")).entries()).hasSize(1);
    }

    @Test
    void oneBundleTwice_isRefused() {
        assertThatThrownBy(() -> edit(
                        SystemState.EMPTY, change().add(bundle("a", "1", "x")).add(bundle("a", "1", "y"))))
                .isInstanceOf(RefusedChangeException.class);
    }

    @Test
    void frameworkProperties_areSetAndTakenOut() {
        SystemState one = edit(SystemState.EMPTY, change().frameworkProperty("k", "v"));

        assertThat(one.frameworkProperties()).containsExactly(Map.entry("k", "v"));
        assertThat(edit(one, change().withoutFrameworkProperty("k"))).isEqualTo(SystemState.EMPTY);
    }

    @Test
    void configuration_isReplacedWhole_othersStay_andBundlesToo() {
        SystemState before = edit(
                SystemState.EMPTY,
                change().add(bundle("a", "1", "x"))
                        .configure(configuration("one", "x", "y"))
                        .configure(configuration("two", "x")));

        SystemState after = edit(before, change().configure(configuration("one", "z")));

        assertThat(after.configurations().get("one").properties()).containsOnlyKeys("z");
        assertThat(after.configurations()).containsOnlyKeys("one", "two");
        assertThat(after.entries()).isEqualTo(before.entries());
        assertThat(GenerationDiff.between(before, after).touched()).containsExactly("configuration one");
        assertThat(edit(after, change().restore(before))).isEqualTo(before);
    }

    @Test
    void configuration_isRemoved_ifItIsThere() {
        SystemState before = edit(SystemState.EMPTY, change().configure(configuration("one")));

        assertThat(edit(before, change().removeConfiguration("one"))).isEqualTo(SystemState.EMPTY);
        assertThatThrownBy(() -> edit(before, change().removeConfiguration("two")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("Cannot remove configuration two: there is none");
    }

    private static Configuration configuration(String pid, String... properties) {
        Map<String, PropertyValue> values = new HashMap<>();
        for (String name : properties) {
            values.put(name, PropertyValue.of(name));
        }
        return Configuration.of(pid, values);
    }

    private static SystemState edit(SystemState base, Change.Builder change) {
        return StateEditor.edit(base, change.build());
    }

    private static Change.Builder change() {
        return Change.by("me");
    }

    private static CheckedBundle bundle(String name, String version, String bytes) {
        byte[] content = bytes.getBytes(StandardCharsets.UTF_8);
        return new CheckedBundle(
                new Content(Digest.of(content), content.length, name, Version.parseVersion(version), Map.of()),
                ContentSource.of(name, content),
                new ContentIndex(new byte[0], Set.of()));
    }
}
