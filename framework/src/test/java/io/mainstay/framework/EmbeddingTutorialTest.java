package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.greeting.Greeter;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tutorial of the embedding door: read it from the top. */
class EmbeddingTutorialTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    @Test
    void tutorial() throws Exception {
        // A program names a store. An embedded one is made where there is none. What the program shares with bundles,
        // it
        // exports to them as any OSGi launcher does.
        Map<String, String> properties = Map.of(
                "mainstay.store",
                "jdbc:derby:" + folder.resolve("store"),
                "org.osgi.framework.system.packages.extra",
                "io.mainstay.framework.greeting");

        try (Mainstay mainstay = Mainstay.open(properties)) {
            // A bundle is checked and committed. Nothing runs yet, so the first generation waits for a node.
            Path jar = write("greeter-1.jar", greeter("1.0.0", "Hello"));
            assertThat(mainstay.commit("First greeting", mainstay.check(ContentSource.of(jar)))
                            .outcome())
                    .isEqualTo(Result.COMMITTED);

            // The framework boots from the database; its services can be used like any object.
            mainstay.start();
            assertThat(greet(mainstay)).isEqualTo("Hello, world");

            // Another version is committed: it runs when commit returns, without a restart.
            jar = write("greeter-2.jar", greeter("2.0.0", "Good day"));
            assertThat(mainstay.commit("Politer", mainstay.check(ContentSource.of(jar)))
                            .outcome())
                    .isEqualTo(Result.APPLIED);
            assertThat(greet(mainstay)).isEqualTo("Good day, world");

            // What does not resolve is refused, and what fails is taken back: the greeter runs on.
            Path unresolved = write("lost.jar", TestJar.bundle("lost", "1.0.0").header("Import-Package", "no.where"));
            assertThatThrownBy(() -> mainstay.commit("Lost", mainstay.check(ContentSource.of(unresolved))))
                    .isInstanceOf(RefusedChangeException.class)
                    .hasMessageContaining("package no.where");
            Path failing = write("bad.jar", activated("greeter", "3.0.0", "throw new IllegalStateException(\"no\");"));
            assertThat(mainstay.commit("Bad", mainstay.check(ContentSource.of(failing)))
                            .outcome())
                    .isEqualTo(Result.FAILED);
            assertThat(greet(mainstay)).isEqualTo("Good day, world");

            // Every generation is kept, and can be gone back to.
            GenerationRecord first = mainstay.store().history().find(1).orElseThrow();
            mainstay.commit(Change.by("me")
                    .message("As it was")
                    .restore(first.generation().state())
                    .build());
            assertThat(greet(mainstay)).isEqualTo("Hello, world");
        }

        // All of it is in the database: another program that names the store goes on where this one stopped.
        try (Mainstay again = Mainstay.open(properties).start()) {
            assertThat(greet(again)).isEqualTo("Hello, world");
            assertThat(again.store().history().chain("main", 10))
                    .extracting(record -> record.generation().message())
                    .containsExactly("As it was", "Politer", "First greeting");
        }
    }

    private static String greet(Mainstay mainstay) {
        return mainstay.find(Greeter.class, PATIENCE).orElseThrow().greet("world");
    }

    private static TestJar greeter(String version, String greeting) {
        return activated(
                "greeter",
                version,
                "io.mainstay.framework.greeting.Greeter greeter = name -> \"" + greeting + ", \" + name;"
                        + " context.registerService(io.mainstay.framework.greeting.Greeter.class, greeter, null);");
    }

    private static TestJar activated(String name, String version, String start) {
        return TestJar.bundle(name, version)
                .header("Import-Package", "org.osgi.framework, io.mainstay.framework.greeting")
                .activator("greeter.Start", start, "");
    }

    private Path write(String name, TestJar jar) throws IOException {
        return Files.write(folder.resolve(name), jar.bytes());
    }
}
