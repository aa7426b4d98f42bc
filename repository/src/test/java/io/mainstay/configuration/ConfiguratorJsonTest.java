package io.mainstay.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OSGi Configurator's JSON, in and out. */
class ConfiguratorJsonTest {

    private static Object read(String property) {
        List<Configuration> read = ConfiguratorJson.read("test.json", "{\"pid\": {" + property + "}}");
        assertThat(read).hasSize(1);
        assertThat(read.get(0).properties()).containsOnlyKeys("x");
        return read.get(0).properties().get("x").toObject();
    }

    @Test
    void typesThatJsonShows_areInferred() {
        assertThat(read("\"x\": \"text\"")).isEqualTo("text");
        assertThat(read("\"x\": true")).isEqualTo(true);
        assertThat(read("\"x\": 8080")).isEqualTo(8080L);
        assertThat(read("\"x\": 8080.0")).isEqualTo(8080.0);
        assertThat(read("\"x\": 1e3")).isEqualTo(1000.0);
        assertThat(read("\"x\": []")).isEqualTo(new String[0]);
        assertThat(read("\"x\": [\"a\", \"b\"]")).isEqualTo(new String[] {"a", "b"});
        assertThat(read("\"x\": [1, 2]")).isEqualTo(new Long[] {1L, 2L});
        assertThat(read("\"x\": [1, 2.5]")).isEqualTo(new Double[] {1.0, 2.5});
        assertThat(read("\"x\": [true, false]")).isEqualTo(new Boolean[] {true, false});
        assertThat(read("\"x\": {\"a\": [1]}")).isEqualTo("{\"a\":[1]}");
        assertThat(read("\"x\": [1, \"a\"]")).isEqualTo("[1,\"a\"]");
    }

    @Test
    void typesThatAreNamed_areTaken() {
        assertThat(read("\"x:Integer\": 8080")).isEqualTo(8080);
        assertThat(read("\"x:int\": \"8080\"")).isEqualTo(8080);
        assertThat(read("\"x:Integer\": 8080.0")).isEqualTo(8080);
        assertThat(read("\"x:String\": 8080")).isEqualTo("8080");
        assertThat(read("\"x:Character\": \"c\"")).isEqualTo('c');
        assertThat(read("\"x:Float\": 1.5")).isEqualTo(1.5f);
        assertThat(read("\"x:Double\": \"NaN\"")).isEqualTo(Double.NaN);
        assertThat(read("\"x:Double\": \"-Infinity\"")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(read("\"x:byte[]\": [1, -128]")).isEqualTo(new byte[] {1, -128});
        assertThat(read("\"x:Byte[]\": [1]")).isEqualTo(new Byte[] {1});
        assertThat(read("\"x:int[]\": 5")).isEqualTo(new int[] {5});
        assertThat(read("\"x:Collection<Short>\": [1, 2]")).isEqualTo(List.of((short) 1, (short) 2));
        assertThat(read("\"x:Collection\": [1, 2]")).isEqualTo(List.of(1L, 2L));
        assertThat(read("\"x:Collection<Integer>\": []")).isEqualTo(List.of());
        assertThat(read("\"x:boolean\": \"true\"")).isEqualTo(true);
    }

    @Test
    void theConfiguratorsOwnKeys_andComments_arePassedOver() {
        String json = """
                \uFEFF// a remark
                {
                  ":configurator:resource-version": 1,
                  ":configurator:symbolic-name": "some.set", /* "x": { */
                  ":configurator:version": "1.0.0",
                  "factory~name": { // http://no.remark
                    ":configurator:policy": "force",
                    "url": "http://acme.org/*", "service.pid": "factory~name"
                  }
                }
                """;

        assertThat(ConfiguratorJson.read("test.json", json))
                .containsExactly(
                        Configuration.of("factory~name", Map.of("url", PropertyValue.of("http://acme.org/*"))));
        assertThat(ConfiguratorJson.read("test.json", json).get(0).factoryPid()).contains("factory");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'x:binary': 'file.bin' | a file cannot be kept",
                "'x:Integer': 3000000000 | '3000000000' is no Integer",
                "'x:Integer': 1.5 | '1.5' is no Integer",
                "'x:Byte': 300 | '300' is no Byte",
                "'x:Integer': 1e999999999 | is no Integer",
                "'x:Integer': true | 'true' is no Integer",
                "'x': 9223372036854775808 | is no Long",
                "'x:Float': 1e300 | too large for a Float",
                "'x': null | no null",
                "'x:String[]': ['a', null] | is expected, not null",
                "'x:Character': 'ab' | not one character",
                "'x:Boolean': 'yes' | neither true nor false",
                "'x:Intager': 1 | there is no type 'Intager'",
                "'x:Map<String>': 1 | there is no type",
                "'x:Collection<int[]>': [1] | there is no type",
                "'x:Integer': [1] | is expected, not [1]",
                "'x:Collection': [1, 'a'] | of different types",
                "'x': 1, 'x:Integer': 1 | has property x twice",
                "'x': 1, 'X': 1 | has property x twice",
                "'': 1 | may not have a property called ''",
                "'service.pid': 'other' | its service.pid is other",
                "'service.PID': 'pid' | may not have a property called 'service.PID'",
            })
    void whatCannotBeTyped_isRefused_namingFileAndPidAndProperty(String property, String why) {
        String json = ("{'pid': {" + property + "}}").replace('\'', '"');

        assertThatThrownBy(() -> ConfiguratorJson.read("my.json", json))
                .isInstanceOf(RefusedConfigurationException.class)
                .hasMessageStartingWith("my.json is refused: ")
                .hasMessageContaining("pid")
                .hasMessageContaining(why.replace("'X'", "X"))
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "null",
                "[]",
                "5",
                "{",
                "{\"a\": 1}",
                "{\"a\": []}",
                "{\"a\": {}",
                "{\"a\": {},}",
                "{\"a\": {}} x",
                "{\"a\": {}, \"a\": {}}",
                "{a: {}}",
                "{'a': {}}",
                "{\"a\": {\"b\": 01}}",
                "{\"a\": {\"b\": NaN}}",
                "{\"a\": {\"b\": \"open}}",
                "{\"a\": {}} /* open",
                "{\"\": {}}",
                "{\":configurator:resource-version\": 2}",
            })
    void whatIsNoDocument_isRefused(String json) {
        if (json.endsWith("/* open")) {
            assertThat(ConfiguratorJson.read("my.json", json)).hasSize(1);
            return;
        }
        assertThatThrownBy(() -> ConfiguratorJson.read("my.json", json))
                .isInstanceOf(RefusedConfigurationException.class)
                .hasMessageStartingWith("my.json is refused: ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void deepNesting_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConfiguratorJson.read(
                        "my.json", "{\"a\": {\"b\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}}"));
    }

    @Test
    void randomConfigurations_comeBack_alsoThroughUtf8() {
        Random random = new Random(3);
        for (int round = 0; round < 3_000; round++) {
            Collection<Configuration> configurations = RandomConfigurations.any(random);
            String json = ConfiguratorJson.write(configurations);
            String stored = new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);

            List<Configuration> read = ConfiguratorJson.read("test.json", stored);

            assertThat(read).containsExactlyInAnyOrderElementsOf(configurations);
            assertThat(ConfiguratorJson.write(read)).isEqualTo(json);
        }
    }

    @Test
    void orderDoesNotMatter() {
        List<Configuration> some = new ArrayList<>();
        for (String pid : List.of("b", "a~2", "a~10", "A")) {
            some.add(Configuration.of(pid, Map.of("z", PropertyValue.of(1), "y", PropertyValue.of(pid))));
        }
        List<Configuration> others = new ArrayList<>(some);
        java.util.Collections.reverse(others);

        assertThat(ConfiguratorJson.write(others)).isEqualTo(ConfiguratorJson.write(some));
    }

    @Test
    void damagedDocument_neverEscapesAsAnotherException() {
        Random random = new Random(9);
        String sound = ConfiguratorJson.write(RandomConfigurations.any(new Random(4)));
        assertThat(sound).hasSizeGreaterThan(200);
        for (int round = 0; round < 5_000; round++) {
            StringBuilder damaged = new StringBuilder(sound);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                int at = random.nextInt(damaged.length());
                damaged.replace(
                        at,
                        Math.min(damaged.length(), at + random.nextInt(3)),
                        String.valueOf("{}[]\":,\\/*0ae- ".charAt(random.nextInt(15))));
            }
            try {
                ConfiguratorJson.read("test.json", damaged.toString());
            } catch (RefusedConfigurationException expected) {
                assertThat(expected).hasMessageStartingWith("test.json is refused: ");
            }
        }
    }

    @Test
    void numbers_areWrittenWithTheFewestDigits() {
        assertThat(PropertyValue.of(0.1).toJson()).isEqualTo("0.1");
        assertThat(PropertyValue.of(0.1f).toJson()).isEqualTo("0.1");
        assertThat(PropertyValue.of(8080.0).toJson()).isEqualTo("8080.0");
        assertThat(PropertyValue.of(-0.0).toJson()).isEqualTo("-0.0");
        assertThat(PropertyValue.of(2e23).toJson()).isEqualTo("2E+23");
        // Java 17 writes one digit more than Java 19
        assertThat(PropertyValue.of(2.0e-3).toJson()).isEqualTo("0.002");
        assertThat(PropertyValue.of(Double.MIN_VALUE).toJson()).isEqualTo("5E-324");
        assertThat(PropertyValue.of(Double.NaN).toJson()).isEqualTo("\"NaN\"");
    }

    @Test
    void locationAndFactory_areWrittenWhereTheyAreNotAsAlways() {
        Configuration bound = new Configuration("f.1", Optional.of("f"), "mainstay:foo", new TreeMap<>());

        assertThat(ConfiguratorJson.write(List.of(bound)))
                .contains("\"service.factoryPid\": \"f\"", "\"service.bundleLocation\": \"mainstay:foo\"");
        assertThat(ConfiguratorJson.write(List.of(Configuration.of("f~1", Map.of()))))
                .contains("\"f~1\": {}")
                .doesNotContain("service.");
    }

    @Test
    void valuesOfNoConfiguration_areRefused() {
        for (Object value : Arrays.asList(
                new Object(), new int[][] {{1}}, List.of(1, "a"), new Object[] {1}, new Integer[] {null}, Map.of())) {
            assertThatIllegalArgumentException().isThrownBy(() -> PropertyValue.of(value));
        }
    }
}
