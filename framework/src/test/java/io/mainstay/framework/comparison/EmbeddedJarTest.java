package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** Jars inside bundles: they are on the class path, and listings show them as what they are, files. */
class EmbeddedJarTest {
    private static final Map<String, Integer> LISTINGS = Map.of(
            "plain",
            0,
            "recursive",
            BundleWiring.LISTRESOURCES_RECURSE,
            "local",
            BundleWiring.LISTRESOURCES_LOCAL,
            "recursive and local",
            BundleWiring.LISTRESOURCES_RECURSE | BundleWiring.LISTRESOURCES_LOCAL);

    private static TestJar inner(String name) {
        return TestJar.plain()
                .code("package " + name + "; public class In { public static String say() { return \"in " + name
                        + "\"; } }")
                .entry("shared.txt", "shared of " + name)
                .entry(name + "/own.txt", "own of " + name);
    }

    private static TestJar outer() {
        return TestJar.bundle("outer", "1.0.0")
                .header("Bundle-ClassPath", "., lib/one.jar, /WEB-INF/lib/two.jar, classes, missing.jar, gone/")
                .inner("lib/one.jar", inner("one"))
                .inner("WEB-INF/lib/two.jar", inner("two").stored())
                .entry("lib/", "")
                .entry("classes/", "")
                .entry("classes/shared.txt", "shared of the folder")
                .entry("shared.txt", "shared of the bundle")
                .codeAt(
                        "classes/",
                        "package folder; public class In { public static String say() { return \"in a folder\"; } }")
                .code("package outer; public class Out { public static String say() {"
                        + " return one.In.say() + \", \" + two.In.say() + \", \" + folder.In.say(); } }");
    }

    @Test
    void classes_comeFromInnerJarsAndFolders() throws Exception {
        Facts facts = BothFrameworks.with(outer()).alsoDeployed().observe((system, seen) -> {
            seen.noteClass("outer", "outer.Out");
            seen.noteClass("outer", "one.In");
            seen.noteClass("outer", "two.In");
            seen.noteClass("outer", "folder.In");
            seen.noteClass("outer", "one.Missing");
        });

        assertThat(facts.get("outer loads outer.Out")).isEqualTo("from outer: in one, in two, in a folder");
        assertThat(facts.get("outer loads one.Missing")).contains("ClassNotFoundException");
    }

    @Test
    void resources_areFoundInTheOrderOfTheClassPath() throws Exception {
        Facts facts = BothFrameworks.with(outer()).observe((system, seen) -> {
            Bundle bundle = seen.bundle("outer");
            ClassLoader loader = bundle.adapt(BundleWiring.class).getClassLoader();
            for (String name : List.of(
                    "shared.txt",
                    "/shared.txt",
                    "one/own.txt",
                    "one",
                    "one/",
                    "lib",
                    "lib/one.jar",
                    "classes",
                    "classes/",
                    "",
                    "/",
                    "missing",
                    "META-INF/MANIFEST.MF",
                    "one/In.class")) {
                seen.noteUrl("resource '" + name + "'", () -> bundle.getResource(name));
                seen.note("resources '" + name + "'", () -> bundle.getResources(name));
                seen.note("loader's resource '" + name + "'", () -> loader.getResource(name));
                seen.note("loader's resources '" + name + "'", () -> loader.getResources(name));
                seen.note("stream of '" + name + "'", () -> loader.getResourceAsStream(name));
            }
            seen.note(
                    "texts",
                    () -> java.util.Collections.list(bundle.getResources("shared.txt")).stream()
                            .map(url -> {
                                try {
                                    return Facts.read(url);
                                } catch (java.io.IOException e) {
                                    return e.toString();
                                }
                            })
                            .toList());
        });

        assertThat(facts.get("texts"))
                .isEqualTo("[shared of the bundle, shared of one, shared of two, shared of the folder]");
    }

    @Test
    void entries_showInnerJarsAsFiles() throws Exception {
        Facts facts = BothFrameworks.with(outer()).observe((system, seen) -> {
            Bundle bundle = seen.bundle("outer");
            for (String path :
                    List.of("", "/", "lib", "lib/", "WEB-INF", "WEB-INF/", "one", "classes", "lib/one.jar")) {
                seen.note("paths of '" + path + "'", () -> bundle.getEntryPaths(path));
                seen.note("all of '" + path + "'", () -> bundle.findEntries(path, null, true));
                seen.note("files of '" + path + "'", () -> bundle.findEntries(path, "*.*", false));
                seen.note("texts of '" + path + "'", () -> bundle.findEntries(path, "*.txt", true));
                seen.note("odd pattern of '" + path + "'", () -> bundle.findEntries(path, "*a*e*", true));
                seen.noteUrl("entry '" + path + "'", () -> bundle.getEntry(path));
            }
            seen.note(
                    "length of a jar",
                    () -> bundle.getEntry("lib/one.jar").openConnection().getContentLength());
        });

        assertThat(facts.get("paths of 'lib'")).isEqualTo("[lib/one.jar]");
        assertThat(facts.get("entry 'one'")).isEqualTo("null");
    }

    @Test
    void entriesOfInnerJars_areNoEntriesOfTheBundle() throws Exception {
        Facts facts = BothFrameworks.with(outer()).observe((system, seen) -> {
            Bundle bundle = seen.bundle("outer");
            for (String path : List.of(
                    "lib/one.jar/",
                    "lib/one.jar/one",
                    "lib/one.jar/one/",
                    "lib/one.jar/one/In.class",
                    "/lib/one.jar/shared.txt")) {
                seen.note("entry '" + path + "'", () -> bundle.getEntry(path));
                seen.note("resource '" + path + "'", () -> bundle.getResource(path));
                seen.note("paths of '" + path + "'", () -> bundle.getEntryPaths(path));
                seen.note("all of '" + path + "'", () -> bundle.findEntries(path, null, true));
            }
        });

        assertThat(facts.get("entry 'lib/one.jar/one/In.class'")).isEqualTo("null");
    }

    @Test
    void listResources_seesIntoInnerJars() throws Exception {
        Facts facts = BothFrameworks.with(outer()).observe((system, seen) -> {
            BundleWiring wiring = seen.bundle("outer").adapt(BundleWiring.class);
            LISTINGS.forEach((how, options) -> {
                for (String path : List.of("", "/", "one", "lib", "lib/one.jar", "classes", "WEB-INF", "missing")) {
                    for (String pattern : new String[] {null, "*", "*.class", "*.txt", "In.class"}) {
                        seen.note(
                                how + " '" + path + "' by " + pattern,
                                () -> wiring.listResources(path, pattern, options));
                    }
                }
                seen.note(
                        how + " entries",
                        () -> wiring.findEntries("/", "*", options & BundleWiring.FINDENTRIES_RECURSE));
            });
        });

        assertThat(facts.get("recursive '/' by *.class"))
                .contains("one/In.class", "two/In.class", "folder/In.class", "outer/Out.class");
        assertThat(facts.get("plain 'one' by *")).contains("one/own.txt");
    }

    @Test
    void innerJar_canBeThatOfABundleWhoseEntriesAreStored() throws Exception {
        TestJar bundle = TestJar.bundle("flat", "1.0.0")
                .header("Bundle-ClassPath", "lib/one.jar,.")
                .inner("lib/one.jar", inner("one"))
                .code("package flat; public class Out { public static String say() { return one.In.say(); } }")
                .stored();

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            seen.noteClass("flat", "flat.Out");
            seen.note("resources", () -> seen.bundle("flat").getResources("shared.txt"));
        });

        assertThat(facts.get("flat loads flat.Out")).isEqualTo("from flat: in one");
    }

    @Test
    void damagedInnerJar_isPassedOver() throws Exception {
        TestJar bundle = TestJar.bundle("damaged", "1.0.0")
                .header("Bundle-ClassPath", "lib/bad.jar,.,lib/text.zip,lib/good.zip")
                .entry("lib/bad.jar", "this is no jar")
                .entry("lib/text.zip", "nor is this")
                .inner("lib/good.zip", inner("zipped"))
                .code("package damaged; public class Out { public static String say() { return \"out\"; } }");

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            seen.noteClass("damaged", "damaged.Out");
            seen.noteClass("damaged", "zipped.In");
            seen.note("resources", () -> seen.bundle("damaged").getResources("shared.txt"));
            seen.note("entry", () -> seen.bundle("damaged").getEntry("lib/bad.jar"));
        });

        assertThat(facts.get("damaged loads damaged.Out")).isEqualTo("from damaged: out");
    }

    @Test
    void folderNamedLikeAJar_canHoldAJar() throws Exception {
        TestJar bundle = TestJar.bundle("exploded", "1.0.0")
                .header("Bundle-ClassPath", "app.jar/lib/one.jar,app.jar")
                .entry("app.jar/", "")
                .inner("app.jar/lib/one.jar", inner("one"))
                .entry("app.jar/in/a.txt", "a");

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            seen.noteClass("exploded", "one.In");
            seen.note("resource", () -> seen.bundle("exploded").getResource("in/a.txt"));
            seen.note("all", () -> seen.bundle("exploded").findEntries("app.jar", null, true));
        });

        assertThat(facts.get("exploded loads one.In")).isEqualTo("from exploded: in one");
    }
}
