package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import io.mainstay.configuration.RandomConfigurations;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Version;

/** The canonical text of generations. */
class GenerationTextTest {
    private static final Digest FOO = Digest.of("foo".getBytes(StandardCharsets.UTF_8));
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.250Z");
    private static final String SAMPLE = """
            mainstay-generation 1
            number 42
            parent 41 %1$s
            author jane
            instant 2026-11-23T12:00:00.250Z
            message First line
             and the next

            framework-property a=1
            framework-property b=x=y\\\\z\\n

            bundle mainstay:bar
             name bar
             version 1.0.0
             content %1$s
             start-level 1

            bundle mainstay:foo
             name foo
             version 1.2.3.beta
             content %1$s
             start-level 5
            """.formatted(FOO);

    @Test
    void sample_isWrittenAsDocumented() {
        assertThat(text(sample())).isEqualTo(SAMPLE);
        assertThat(read(SAMPLE)).isEqualTo(sample());
    }

    @Test
    void bundleThatIsNotStarted_saysSo_andIsAnotherState() {
        GenerationEntry resting = entry("loc", "a", "1", 1).autostarting(false);
        SystemState state = SystemState.of(List.of(resting), Map.of(), List.of());
        Generation generation = new Generation(1, Optional.empty(), "jane", "why", Instant.EPOCH, state);

        assertThat(text(generation)).endsWith(" start-level 1\n autostart false\n");
        assertThat(read(text(generation)).state().entries()).containsExactly(resting);
        assertThat(GenerationText.writeState(state))
                .isNotEqualTo(GenerationText.writeState(
                        SystemState.of(List.of(resting.autostarting(true)), Map.of(), List.of())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(text(generation).replace("autostart false", "autostart true")));
    }

    /** Changing the text breaks the chain of every store there is: this literal may only change with the first line. */
    @Test
    void digest_isStable() {
        assertThat(sample().digest().hex())
                .isEqualTo("ad580e8dfb6706406b4c8d2f42db1656df031b87faa8d1a3852bb78e2e51dfdd");
        assertThat(sample().stateDigest().hex())
                .isEqualTo("19d5bb578807a0c35f9329caf2e13e1dafb29543cb82d6421e30b44eb6800437");
        assertThat(new Generation(1, Optional.empty(), "", "", Instant.EPOCH, SystemState.EMPTY)
                        .digest()
                        .hex())
                .isEqualTo("e7b69095056e60356d4c35099ba3f07af4e1ecd85b4e2ebe6167292f0a965b7d");
    }

    @Test
    void stateDigest_doesNotKnowTheStory() {
        Generation other = new Generation(7, Optional.empty(), "joe", "other", Instant.EPOCH, sample().state());

        assertThat(other.stateDigest()).isEqualTo(sample().stateDigest());
        assertThat(other.digest()).isNotEqualTo(sample().digest());
    }

    @Test
    void orderOfArguments_doesNotMatter() {
        List<GenerationEntry> entries = sample().state().entries();
        Map<String, String> properties = new TreeMap<>((a, b) -> b.compareTo(a));
        properties.putAll(sample().state().frameworkProperties());

        assertThat(SystemState.of(List.of(entries.get(1), entries.get(0)), properties, List.of()))
                .isEqualTo(sample().state());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "one line",
                "two\nlines",
                "an empty line\n\nbetween",
                "  indented\n   more\n",
                "message message\nbundle a\n name b",
                "tab\there",
                "ünïcödé \uD83D\uDE00 日本\u2028\u0085",
                "back\\slash \\n",
                "carriage\r\nreturn\rtwice",
                "trailing  \nspaces  ",
                "\u0000\u0007",
            })
    void message_comesBack(String message) {
        comesBack(new Generation(1, Optional.empty(), "me", message, NOON, SystemState.EMPTY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "=", "a=b", "\\", "\\n", "\n", "\r\n", "a\nbundle x\n name y", "\\\\", "ä", " a ", "x\\"
            })
    void property_comesBack(String value) {
        comesBack(new Generation(
                1,
                Optional.empty(),
                "me",
                "",
                NOON,
                SystemState.of(List.of(), Map.of("a.b", value, "c", "d"), List.of())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jane", "Jane Doe <jane@acme.org>", "a\nnumber 5", "\\", "日本", "a\\nb", ""})
    void author_comesBack(String author) {
        comesBack(new Generation(1, Optional.empty(), author, "", NOON, SystemState.EMPTY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mainstay:foo", "a b", "file:/x y/z.jar", "ä", " a", "a ", "bundle x"})
    void location_comesBack(String location) {
        comesBack(new Generation(
                1,
                Optional.empty(),
                "me",
                "",
                NOON,
                SystemState.of(List.of(entry(location, "n", "1", 1)), Map.of(), List.of())));
    }

    @Test
    void randomGenerations_comeBack_andDifferentOnesHaveDifferentDigests() {
        Random random = new Random(7);
        Map<Digest, Generation> seen = new HashMap<>();
        for (int round = 0; round < 2_000; round++) {
            Generation generation = anyGeneration(random);
            comesBack(generation);
            assertThat(seen.merge(generation.digest(), generation, (one, two) -> one))
                    .isEqualTo(generation);
        }
    }

    @Test
    void configurations_areWrittenAsDocumented() {
        SystemState state = sample().state()
                .with(List.of(Configuration.of("org.acme.foo", Map.of("port", PropertyValue.of(8080)))));
        Generation generation = new Generation(42, sample().parent(), "jane", "First line\nand the next", NOON, state);

        assertThat(text(generation)).isEqualTo(SAMPLE + """

                configurations
                {
                  ":configurator:resource-version": 1,
                  "org.acme.foo": {
                    "port:Integer": 8080
                  }
                }
                """);
        comesBack(generation);
        assertThat(generation.stateDigest()).isNotEqualTo(sample().stateDigest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"port: Integer", "Port:Integer", "port:int", "port", "port:Long"})
    void otherSpellingOfAConfiguration_isRefused(String key) {
        String json = "\nconfigurations\n{\n  \":configurator:resource-version\": 1,\n  \"foo\": {\n    \"" + key
                + "\": 8080\n  },\n  \"other\": {}\n}\n";
        String sound = json.replace(key, "port:Integer");

        assertThat(read(SAMPLE + sound).state().configurations()).containsOnlyKeys("foo", "other");
        if (key.equals("Port:Integer") || key.equals("port:Long")) {
            assertThat(read(SAMPLE + json)).isNotEqualTo(read(SAMPLE + sound));
        } else {
            assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE + json));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE + sound + " "));
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE + sound.replace("{}", "{ }")));
    }

    @Test
    void lineBreakInAName_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> entry("loc", "a\n version 9", "1", 1))
                .withMessageContaining("symbolic name");
        assertThatIllegalArgumentException().isThrownBy(() -> entry("a\nb", "a", "1", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> entry(" ", "a", "1", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> entry("loc", "a", "1", 0));
        for (String name : List.of("", "a=b", "a\nb", "a b")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SystemState.of(List.of(), Map.of(name, "x"), List.of()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'author jane', 'author jane '",
        "'number 42', 'number 042'",
        "'number 42', 'number +42'",
        "'12:00:00.250Z', '12:00:00.25Z'",
        "'12:00:00.250Z', '13:00:00.250+01:00'",
        "'version 1.0.0', 'version 1'",
        "'start-level 5', 'start-level 05'",
        "'and the next', 'and the next '",
        "'message First', 'message  First'",
        "'y\\\\z', 'y\\z'",
        "'author jane', 'author \\jane'",
    })
    void otherSpelling_isRefused(String canonical, String other) {
        assertThat(SAMPLE).contains(canonical);
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE.replace(canonical, other)));
    }

    @Test
    void otherOrder_isRefused() {
        String[] parts = SAMPLE.split("\n\n");
        String swapped = String.join("\n\n", parts[0], parts[1], parts[3].strip(), parts[2] + "\n");
        String properties = SAMPLE.replace(
                "framework-property a=1\nframework-property b=x=y\\\\z\\n",
                "framework-property b=x=y\\\\z\\n\nframework-property a=1");
        String twice = SAMPLE.replace("framework-property a=1\n", "framework-property a=1\nframework-property a=1\n");

        for (String text : List.of(swapped, properties, twice)) {
            assertThat(text).isNotEqualTo(SAMPLE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> read(text))
                    .withMessage("Generation 42 is not in canonical form");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " ", "\nbundle x", "x"})
    void trailingText_isRefused(String more) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE + more));
    }

    @Test
    void otherLineEnds_areRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE.replace("\n", "\r\n")));
        assertThatIllegalArgumentException().isThrownBy(() -> read(SAMPLE.substring(0, SAMPLE.length() - 1)));
        byte[] latin = SAMPLE.replace("First", "F\u00fcrst").getBytes(StandardCharsets.ISO_8859_1);
        assertThatIllegalArgumentException().isThrownBy(() -> GenerationText.read(latin));
    }

    @ParameterizedTest
    @CsvSource({
        "mainstay-generation 1, mainstay-generation 2, line 1",
        "number 42, nummer 42, line 2",
        "number 42, number x, line 2",
        "number 42, number 99999999999999999999, line 2",
        "parent 41, parent x, line 3",
        "author jane, Author jane, line 4",
        "instant 2026-11-23T12:00:00.250Z, instant yesterday, line 5",
        "parent 41, parent 42, line 22",
        "bundle mainstay:bar, bundle mainstay:foo, line 22",
        "message First, massage First, line 6",
        "property a=1, property a, line 9",
        "property a=1, property =1, line 9",
        "' name bar', ' nome bar', line 13",
        "' version 1.0.0', ' version one', line 14",
        "' start-level 1', ' start-level 0', line 16",
        "' start-level 5', ' start-level five', line 22",
        "bundle mainstay:bar, 'bundle  ', line 16",
    })
    void brokenLine_isNamed(String sound, String broken, String line) {
        String text = SAMPLE.replace(sound, broken);
        assertThat(text).isNotEqualTo(SAMPLE);

        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Generation text, " + line + ": ");
    }

    @Test
    void parentWithoutDigest_isNamed() {
        assertThatThrownBy(() -> read(SAMPLE.replace("parent 41 " + FOO, "parent 41")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Generation text, line 3: ");
        assertThatThrownBy(() -> read(SAMPLE.replace("parent 41 " + FOO, "parent 41 abc")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Generation text, line 3: ");
    }

    @Test
    void damagedText_neverEscapesAsAnotherException() {
        Random random = new Random(8);
        byte[] sound = SAMPLE.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = java.util.Arrays.copyOf(
                    sound, random.nextInt(4) == 0 ? random.nextInt(sound.length) : sound.length);
            for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) " \n=\\0a:-".charAt(random.nextInt(8));
            }
            try {
                assertThat(GenerationText.write(GenerationText.read(bytes))).isEqualTo(bytes);
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageStartingWith("Generation ");
            }
        }
    }

    private static Generation sample() {
        return new Generation(
                42,
                Optional.of(new Generation.Parent(41, FOO)),
                "jane",
                "First line\nand the next",
                NOON,
                SystemState.of(
                        List.of(entry("mainstay:foo", "foo", "1.2.3.beta", 5), entry("mainstay:bar", "bar", "1", 1)),
                        Map.of("b", "x=y\\z\n", "a", "1"),
                        List.of()));
    }

    private static GenerationEntry entry(String location, String name, String version, int startLevel) {
        return new GenerationEntry(location, name, new Version(version), FOO, startLevel);
    }

    private static Generation anyGeneration(Random random) {
        Map<String, GenerationEntry> entries = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String location = "l" + anyText(random).replaceAll("\\p{Cntrl}", "");
            entries.put(location, entry(location, "n" + random.nextInt(9), random.nextInt(9) + ".1", i));
        }
        Map<String, String> properties = new HashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            properties.put("p" + random.nextInt(9), anyText(random));
        }
        long number = 1 + random.nextInt(1_000_000);
        return new Generation(
                number,
                number == 1 || random.nextBoolean()
                        ? Optional.empty()
                        : Optional.of(new Generation.Parent(1 + random.nextInt((int) number - 1), FOO)),
                anyText(random),
                anyText(random),
                Instant.ofEpochMilli(random.nextLong() % 100_000_000_000_000L),
                SystemState.of(entries.values(), properties, RandomConfigurations.any(random)));
    }

    private static String anyText(Random random) {
        String[] pieces = {"\n", "\r", "\\", "n", "=", " ", "a", "ä", "\t", "\uD83D\uDE00", "bundle x", "\n\n", "\u2028"
        };
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }

    private static void comesBack(Generation generation) {
        assertThat(GenerationText.read(GenerationText.write(generation))).isEqualTo(generation);
    }

    private static Generation read(String text) {
        return GenerationText.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Generation generation) {
        return new String(GenerationText.write(generation), StandardCharsets.UTF_8);
    }
}
