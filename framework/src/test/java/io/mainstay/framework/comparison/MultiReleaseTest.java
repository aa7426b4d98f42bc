package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;

/** Jars with something else for newer Java: OSGi Core 8, 3.14. */
class MultiReleaseTest {

    private static String thing(String name, String text) {
        return "package " + name + "; public class Thing { public static String say() { return \"" + text + "\"; } }";
    }

    private static TestJar versioned(TestJar jar, String name) {
        return jar.header("Multi-Release", "true")
                .code(thing(name, "of old"))
                .codeAt("META-INF/versions/9/", thing(name, "of 9"))
                .codeAt("META-INF/versions/11/", thing(name, "of 11"))
                .codeAt("META-INF/versions/99/", thing(name, "of 99"))
                .codeAt(
                        "META-INF/versions/11/",
                        "package " + name + "; public class New { public static String say() { return \"new\"; } }")
                .entry(name + "/text.txt", "of old")
                .entry("META-INF/versions/9/" + name + "/text.txt", "of 9")
                .entry("META-INF/versions/9/" + name + "/only.txt", "only in 9");
    }

    private static void note(Facts seen, String bundle, String name) {
        Bundle found = seen.bundle(bundle);
        BundleWiring wiring = found.adapt(BundleWiring.class);
        seen.noteClass(bundle, name + ".Thing");
        seen.noteClass(bundle, name + ".New");
        for (String file : List.of("/text.txt", "/only.txt")) {
            seen.noteUrl("resource " + name + file, () -> found.getResource(name + file));
            seen.note("resources " + name + file, () -> found.getResources(name + file));
            seen.noteUrl("entry " + name + file, () -> found.getEntry(name + file));
            seen.note("stream " + name + file, () -> wiring.getClassLoader().getResourceAsStream(name + file));
        }
        for (int options : new int[] {0, 1, 2, 3}) {
            seen.note("list " + name + options, () -> wiring.listResources(name, "*", options));
            seen.note("list all " + name + options, () -> wiring.listResources("/", "*.txt", options));
        }
        seen.note("all " + name, () -> found.findEntries("/", null, true));
    }

    @Test
    void classesAndResources_areThoseOfTheRunningJava() throws Exception {
        Facts facts = BothFrameworks.with(versioned(TestJar.bundle("versioned", "1.0.0"), "many"))
                .alsoDeployed()
                .observe((system, seen) -> note(seen, "versioned", "many"));

        assertThat(facts.get("versioned loads many.Thing")).isEqualTo("from versioned: of 11");
        assertThat(facts.get("versioned loads many.New")).isEqualTo("from versioned: new");
        assertThat(facts.get("resource many/text.txt, its text")).isEqualTo("of 9");
        assertThat(facts.get("entry many/text.txt, its text")).isEqualTo("of old");
    }

    @Test
    void embeddedJars_haveVersionsOfTheirOwn() throws Exception {
        TestJar bundle = TestJar.bundle("outer", "1.0.0")
                .header("Bundle-ClassPath", ".,lib/versioned.jar,lib/single.jar,classes")
                .inner("lib/versioned.jar", versioned(TestJar.plain(), "inner"))
                .inner("lib/single.jar", versioned(TestJar.plain(), "single").header("Multi-Release", "false"))
                .entry("classes/", "")
                .entry("classes/META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMulti-Release: true\n")
                .codeAt("classes/", thing("folder", "of old"))
                .codeAt("classes/META-INF/versions/10/", thing("folder", "of 10"))
                .code(thing("outer", "outer"));

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            note(seen, "outer", "inner");
            note(seen, "outer", "single");
            note(seen, "outer", "folder");
            note(seen, "outer", "outer");
        });

        assertThat(facts.get("outer loads inner.Thing")).isEqualTo("from outer: of 11");
        assertThat(facts.get("outer loads single.Thing")).isEqualTo("from outer: of old");
        assertThat(facts.get("outer loads folder.Thing")).isEqualTo("from outer: of 10");
    }

    @Test
    void fragments_haveVersionsOfTheirOwn() throws Exception {
        TestJar host = TestJar.bundle("host", "1.0.0").code(thing("host", "host"));
        TestJar part = versioned(TestJar.fragment("host.part", "host"), "part");

        Facts facts = BothFrameworks.with(host, part).observe((system, seen) -> note(seen, "host", "part"));

        assertThat(facts.get("host loads part.Thing")).isEqualTo("from host: of 11");
    }

    private static TestJar api(String name) {
        return TestJar.bundle(name, "1.0.0").header("Export-Package", name).code(thing(name, name));
    }

    @Test
    void supplementOfTheManifest_bringsImports() throws Exception {
        TestJar bundle = TestJar.bundle("versioned", "1.0.0")
                .header("Multi-Release", "true")
                .header("Import-Package", "first")
                .seeing(api("first"), api("second"))
                .code("package many; public class Thing { public static String say() { return first.Thing.say(); } }")
                .codeAt(
                        "META-INF/versions/9/",
                        "package many; public class Thing { public static String say() { return second.Thing.say(); } }")
                .entry(
                        "META-INF/versions/9/OSGI-INF/MANIFEST.MF",
                        "Manifest-Version: 1.0\nImport-Package: first,second\nBundle-Name: nobody reads this\n");

        Facts facts = BothFrameworks.with(api("first"), api("second"), bundle)
                .alsoDeployed()
                .observe((system, seen) -> {
                    seen.noteClass("versioned", "many.Thing");
                    seen.note("headers", () -> seen.bundle("versioned").getHeaders(""));
                    seen.note(
                            "requirements",
                            () -> seen.bundle("versioned")
                                    .adapt(BundleRevision.class)
                                    .getDeclaredRequirements("osgi.wiring.package"));
                });

        assertThat(facts.get("versioned loads many.Thing")).isEqualTo("from versioned: second");
    }

    @Test
    void supplementOfTheManifest_takesImportsAway() throws Exception {
        TestJar bundle = TestJar.bundle("versioned", "1.0.0")
                .header("Multi-Release", "true")
                .header("Import-Package", "only.in.old.java")
                .header("Require-Capability", "old.thing")
                .code(thing("many", "resolved"))
                .entry(
                        "META-INF/versions/9/OSGI-INF/MANIFEST.MF",
                        "Manifest-Version: 1.0\nImport-Package: org.osgi.framework\n"
                                + "Require-Capability: osgi.ee;filter:=\"(osgi.ee=JavaSE)\"\n");

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> seen.noteClass("versioned", "many.Thing"));

        assertThat(facts.get("versioned loads many.Thing")).isEqualTo("from versioned: resolved");
    }

    @Test
    void supplementOfTheManifest_canAskForWhatIsNotThere() throws Exception {
        TestJar bundle = TestJar.bundle("versioned", "1.0.0")
                .header("Multi-Release", "true")
                .code(thing("many", "resolved"))
                .entry(
                        "META-INF/versions/9/OSGI-INF/MANIFEST.MF",
                        "Manifest-Version: 1.0\nImport-Package: not.there\n");

        assertThat(io.mainstay.framework.Mainstay.open(io.mainstay.framework.fixture.Stores.freshChannel()))
                .satisfies(door -> {
                    try (door) {
                        org.assertj.core.api.Assertions.assertThatThrownBy(() -> door.commit("x", bundle.checked()))
                                .hasMessageContaining("not.there");
                    }
                });
    }
}
