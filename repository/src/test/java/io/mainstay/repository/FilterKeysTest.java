package io.mainstay.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.IndexQuery;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/** Which names a filter leaves possible. */
class FilterKeysTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "(ns=a) # a",
                " ( ns =a) # a",
                "(ns= a ) # ' a '",
                "(NS=a) # a",
                "(&(ns=a)(version>=1)) # a",
                "(&(version>=1)(ns=a)) # a",
                "(&(ns=a*)(ns=ab)) # ab",
                "(&(!(ns=b))(ns=a)) # a",
                "(&(x=y)(|(ns=a)(ns=b))) # a,b",
                "(|(ns=a)(ns=b)(ns=c)) # a,b,c",
                "(|(&(ns=a)(x=1))(&(x=2)(ns=b))) # a,b",
                "(&(&(&(ns=a)))) # a",
                "(ns=a\\*b) # a*b",
                "(ns=a\\(b\\)) # a(b)",
                "(ns=a\\\\b) # a\\b",
                "(ns=a=b) # a=b",
                "(ns=a<b>c~d) # a<b>c~d",
                "(ns=ä b) # ä b",
            })
    void exactNames_areFound(String filter, String names) {
        assertThat(FilterKeys.query("ns", filter)).isEqualTo(named("ns", names.split(",")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "(ns=a*) # a",
                "(ns=a.b.*c*) # a.b.",
                "(&(ns=a*)(x=y)) # a",
                "(ns=a\\*b*) # a*b",
                "(ns=%_!*) # %_!",
            })
    void beginning_isFound(String filter, String prefix) {
        assertThat(FilterKeys.query("ns", filter)).isEqualTo(IndexQuery.beginning("ns", prefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "(ns=*)",
                "(ns=*a)",
                "(ns~=a)",
                "(ns>=a)",
                "(ns<=a)",
                "(!(ns=a))",
                "(x=a)",
                "(nsx=a)",
                "(x.ns=a)",
                "(|(ns=a)(x=b))",
                "(|(ns=a)(ns=b*))",
                "(|(ns=a)(!(ns=b)))",
                "(|(ns=a)(&(x=1)(y=2)))",
                "(&(x=1)(y=2))",
                "(x=\\(ns=a\\))",
                "(&)",
                "(",
                "((",
                "(&(ns",
                "no filter",
            })
    void everyName_isPossible(String filter) {
        assertThat(FilterKeys.query("ns", filter)).isEqualTo(IndexQuery.all("ns"));
    }

    @Test
    void services_areFoundByInterface() {
        assertThat(FilterKeys.query("osgi.service", "(objectClass=a.B)")).isEqualTo(named("osgi.service", "a.B"));
        assertThat(FilterKeys.query("osgi.service", "(osgi.service=a.B)")).isEqualTo(IndexQuery.all("osgi.service"));
    }

    @Test
    void manyEscapes_doNotExhaustTheStack() {
        assertThat(FilterKeys.query("ns", "(ns=" + "\\(".repeat(50_000) + ")"))
                .isEqualTo(named("ns", "(".repeat(50_000)));
    }

    /** The rule of the class: the query may cover too much, never too little. */
    @Test
    void randomFilter_neverLosesAMatch() throws InvalidSyntaxException {
        Random random = new Random(11);
        int narrowed = 0;
        for (int round = 0; round < 20_000; round++) {
            String text = filter(random, 3);
            Filter filter = FrameworkUtil.createFilter(text);
            IndexQuery query = FilterKeys.query("ns", text);
            narrowed += query.equals(IndexQuery.all("ns")) ? 0 : 1;
            for (String name : List.of("a", "b", "ab", "a*", "a(", " a", "a\\", "A", "a\nb")) {
                for (String other : List.of("a", "b")) {
                    if (filter.matches(Map.of("ns", name, "x", other))) {
                        assertThat(covers(query, name))
                                .as("%s finds %s", text, name)
                                .isTrue();
                    }
                }
            }
        }
        assertThat(narrowed).isGreaterThan(5_000);
    }

    /** Names that are no text are in the index as the empty one. */
    private static IndexQuery named(String namespace, String... names) {
        Set<String> all = new HashSet<>(List.of(names));
        all.add("");
        return IndexQuery.named(namespace, all);
    }

    private static boolean covers(IndexQuery query, String name) {
        return (query.names().isEmpty() || query.names().contains(name))
                && query.prefix().map(name::startsWith).orElse(true);
    }

    private static String filter(Random random, int depth) {
        String space = random.nextInt(6) == 0 ? " \n" : "";
        return space
                + switch (depth == 0 ? 9 : random.nextInt(10)) {
                    case 0, 1, 2 -> "(" + space + "&" + filter(random, depth - 1) + filter(random, depth - 1) + ")";
                    case 3, 4 -> "(|" + filter(random, depth - 1) + space + filter(random, depth - 1) + space + ")";
                    case 5 -> "(" + space + "!" + filter(random, depth - 1) + ")";
                    default -> clause(random, space);
                }
                + space;
    }

    private static String clause(Random random, String space) {
        String[] values = {"a", "b", "ab", "a*", "*b", "*", "a\\*", "a\\(", " a", "a\\\\", "a\\b", "a\\\nb", "a\nb"};
        String[] operators = {"=", "=", "=", "=", "~=", ">=", "<="};
        String operator = operators[random.nextInt(operators.length)];
        String value = operator.equals("=") ? values[random.nextInt(values.length)] : "a";
        return "(" + space + (random.nextInt(3) > 0 ? "ns" : "x") + space + operator + value + ")";
    }
}
