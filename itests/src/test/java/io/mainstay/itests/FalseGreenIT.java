package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.mainstay.framework.Settings;
import org.junit.jupiter.api.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;

/** Checks the check: a test that runs in plain Felix by mistake is no success. */
class FalseGreenIT {

    /** Not found as a test by its name. */
    @ExamFactory(MainstayContainers.Felix.class)
    public static class InPlainFelix extends ContainerTest {
        @Configuration
        public Option[] system() {
            return options(container(), logging());
        }

        @org.junit.Test
        public void runs() {
            // green, if it were not for what all container tests ask first
        }
    }

    @Test
    void testInPlainFelix_fails() {
        Result result = JUnitCore.runClasses(InPlainFelix.class);

        assertThat(result.getRunCount()).isEqualTo(1);
        assertThat(result.getFailures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.getMessage()).contains("not our framework", Settings.VERSION));
    }
}
