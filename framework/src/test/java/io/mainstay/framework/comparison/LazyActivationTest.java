package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;

/** A bundle with a lazy activation policy starts when the first class of it is loaded, and not before. */
class LazyActivationTest {

    private static TestJar lazy(String policy) {
        return TestJar.bundle("lazy", "1.0.0")
                .header("Bundle-ActivationPolicy", policy)
                .header("Export-Package", "lazy,lazy.quiet")
                .header("Import-Package", "org.osgi.framework")
                .activator("lazy.inside.Activator", "System.setProperty(\"lazy.started\", \"yes\");", "")
                .entry("lazy/file.txt", "text")
                .code("package lazy; public class Loud { public static String say() {"
                        + " return \"started: \" + System.getProperty(\"lazy.started\"); } }")
                .code("package lazy.quiet; public class Quiet { public static String say() {"
                        + " return \"started: \" + System.getProperty(\"lazy.started\"); } }");
    }

    private static TestJar user() {
        return TestJar.bundle("user", "1.0.0")
                .header("Import-Package", "lazy,lazy.quiet")
                .seeing(lazy("lazy"))
                .code("package user; public class User {"
                        + " public static String quiet() { return lazy.quiet.Quiet.say(); }"
                        + " public static String say() { return lazy.Loud.say(); } }");
    }

    private static Facts observe(TestJar lazy) throws Exception {
        return BothFrameworks.with(lazy, user())
                .prepared(system -> System.clearProperty("lazy.started"))
                .observe((system, seen) -> {
                    List<String> events = Collections.synchronizedList(new ArrayList<>());
                    system.addBundleListener((SynchronousBundleListener) event -> {
                        if (event.getType() == BundleEvent.STARTED || event.getType() == BundleEvent.STARTING) {
                            events.add(event.getBundle().getSymbolicName() + " " + event.getType());
                        }
                    });
                    Bundle bundle = seen.bundle("lazy");
                    seen.note("state at first", bundle::getState);
                    seen.note("resource", () -> bundle.getResource("lazy/file.txt"));
                    seen.note("after a resource", bundle::getState);
                    seen.note("quiet", () -> seen.call("user", "user.User", "quiet"));
                    seen.note("after a quiet class", bundle::getState);
                    seen.note("loud", () -> seen.call("user", "user.User", "say"));
                    seen.note("after a loud class", bundle::getState);
                    seen.note("events", () -> List.copyOf(events));
                    bundle.stop();
                    seen.note("stopped", bundle::getState);
                    bundle.start(Bundle.START_ACTIVATION_POLICY);
                    seen.note("again", bundle::getState);
                    bundle.stop();
                    bundle.start();
                    seen.note("eagerly", bundle::getState);
                });
    }

    @Test
    void activator_runsWhenTheFirstClassIsLoaded() throws Exception {
        Facts facts = observe(lazy("lazy"));

        assertThat(facts.get("state at first")).isEqualTo(String.valueOf(Bundle.STARTING));
        assertThat(facts.get("after a resource")).isEqualTo(String.valueOf(Bundle.STARTING));
        assertThat(facts.get("loud")).isEqualTo("started: yes");
        assertThat(facts.get("after a loud class")).isEqualTo(String.valueOf(Bundle.ACTIVE));
    }

    @Test
    void excludedPackages_doNotActivate() throws Exception {
        Facts facts = observe(lazy("lazy;exclude:=\"lazy.quiet\""));

        assertThat(facts.get("after a quiet class")).isEqualTo(String.valueOf(Bundle.STARTING));
        assertThat(facts.get("after a loud class")).isEqualTo(String.valueOf(Bundle.ACTIVE));
    }

    @Test
    void includedPackages_alone_activate() throws Exception {
        Facts facts = observe(lazy("lazy;include:=\"lazy\""));

        assertThat(facts.get("quiet")).isEqualTo("started: null");
        assertThat(facts.get("loud")).isEqualTo("started: yes");
    }

    @Test
    void fragment_doesNotChangeThePolicyOfItsHost() throws Exception {
        TestJar part = TestJar.fragment("lazy.part", "lazy")
                .code("package lazy; public class Part { public static String say() { return \"part\"; } }");

        Facts facts = BothFrameworks.with(lazy("lazy"), part)
                .prepared(system -> System.clearProperty("lazy.started"))
                .observe((system, seen) -> {
                    seen.note("state at first", () -> seen.bundle("lazy").getState());
                    seen.noteClass("lazy", "lazy.Part");
                    seen.note("then", () -> seen.bundle("lazy").getState());
                });

        assertThat(facts.get("then")).isEqualTo(String.valueOf(Bundle.ACTIVE));
    }

    @Test
    void failingActivator_failsWhenTheClassIsLoaded() throws Exception {
        TestJar failing = TestJar.bundle("lazy", "1.0.0")
                .header("Bundle-ActivationPolicy", "lazy")
                .header("Import-Package", "org.osgi.framework")
                .activator("lazy.inside.Activator", "throw new IllegalStateException(\"no\");", "")
                .code("package lazy; public class Loud { public static String say() { return \"loud\"; } }");

        BothFrameworks.with(failing).observe((system, seen) -> {
            seen.note("state at first", () -> seen.bundle("lazy").getState());
            seen.noteClass("lazy", "lazy.Loud");
            seen.note("then", () -> seen.bundle("lazy").getState());
        });
    }
}
