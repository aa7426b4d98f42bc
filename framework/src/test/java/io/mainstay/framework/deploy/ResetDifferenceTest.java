package io.mainstay.framework.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.ResetMember.Way;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResetDifferenceTest {
    private static final List<ResetMember> PREDICTED = List.of(
            new ResetMember("a", "a 1.0.0", "updated", Way.RESET),
            new ResetMember("b", "b 1.0.0", "wired to a", Way.RESET));

    private static List<String> between(String... actual) {
        StringBuilder report = new StringBuilder("{\"millis\":3,\"actual\":[");
        for (String location : actual) {
            report.append(report.toString().endsWith("[") ? "" : ",")
                    .append("{\"location\":\"" + location + "\",\"bundle\":\"" + location + " 1.0.0\"}");
        }
        return ResetDifference.between(PREDICTED, report.append("]}").toString());
    }

    @Test
    void sameBundles_makeNoDifference() {
        assertThat(between("b", "a")).isEmpty();
    }

    @Test
    void eachOtherBundle_isTold() {
        assertThat(between("a", "foreign"))
                .containsExactly(
                        "b 1.0.0 was to be reset (wired to a), and was not",
                        "foreign 1.0.0 was reset, and that was not foreseen");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "null", "{\"actual\":3}", "{\"actual\":[", "no json"})
    void reportThatDoesNotTell_makesNoDifference(String report) {
        assertThat(ResetDifference.between(PREDICTED, report)).isEmpty();
    }
}
