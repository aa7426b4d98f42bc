package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.Locale;
import java.util.ResourceBundle;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** Fragments give their hosts classes, resources, texts and jars. */
class FragmentTest {

    private static TestJar host() {
        return TestJar.bundle("host", "1.0.0")
                .header("Bundle-ClassPath", ".,lib/from-fragment.jar,from-fragment/")
                .header("Bundle-Localization", "texts/words")
                .header("Bundle-Name", "%name")
                .header("Bundle-Description", "%only.in.fragment")
                .header("Bundle-Vendor", "%nowhere")
                .entry("texts/words.properties", "name=Host\n")
                .entry("texts/words_de.properties", "name=Wirt\n")
                .entry("shared.txt", "shared of the host")
                .code("package host; public class Host { public static String say() throws Exception {"
                        + " return String.valueOf(Class.forName(\"part.Part\").getMethod(\"say\").invoke(null)); } }");
    }

    private static TestJar fragment() {
        TestJar inner = TestJar.plain()
                .code("package inner; public class In { public static String say() { return \"inner\"; } }")
                .entry("shared.txt", "shared of the fragment's jar");
        TestJar namedByHost = TestJar.plain()
                .code("package named; public class In { public static String say() { return \"named by host\"; } }")
                .entry("shared.txt", "shared of the jar that the host names");
        return TestJar.fragment("host.part", "host;bundle-version=\"[1,2)\"")
                .header("Bundle-ClassPath", ".,lib/inner.jar")
                .header("Export-Package", "part;version=1.0.0")
                .inner("lib/inner.jar", inner)
                .inner("lib/from-fragment.jar", namedByHost)
                .entry("from-fragment/", "")
                .entry("from-fragment/shared.txt", "shared of the fragment's folder")
                .entry("shared.txt", "shared of the fragment")
                .entry("texts/words.properties", "only.in.fragment=Fragment's word\n")
                .entry("texts/words_fr.properties", "name=Hote\n")
                .entry("part/list.txt", "")
                .code("package part; public class Part { public static String say() {"
                        + " return inner.In.say() + \", \" + named.In.say(); } }");
    }

    private static TestJar user() {
        return TestJar.bundle("user", "1.0.0")
                .header("Import-Package", "part")
                .seeing(fragment())
                .code("package user; public class User {"
                        + " public static String say() { return part.Part.say(); } }");
    }

    @Test
    void classes_comeFromFragmentsAndTheirJars() throws Exception {
        Facts facts = BothFrameworks.with(host(), fragment(), user())
                .alsoDeployed()
                .observe((system, seen) -> {
                    seen.noteClass("host", "host.Host");
                    seen.noteClass("host", "part.Part");
                    seen.noteClass("host", "inner.In");
                    seen.noteClass("host", "named.In");
                    seen.noteClass("user", "user.User");
                    seen.noteClass("host.part", "part.Part");
                    seen.note(
                            "fragment's loader",
                            () -> seen.bundle("host.part")
                                    .adapt(BundleWiring.class)
                                    .getClassLoader());
                    seen.note("fragment's state", () -> seen.bundle("host.part").getState());
                });

        assertThat(facts.get("user loads user.User")).isEqualTo("from user: inner, named by host");
        assertThat(facts.get("fragment's loader")).isEqualTo("null");
    }

    @Test
    void resources_areThoseOfHostAndFragment() throws Exception {
        Facts facts = BothFrameworks.with(host(), fragment()).observe((system, seen) -> {
            Bundle bundle = seen.bundle("host");
            Bundle part = seen.bundle("host.part");
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            seen.note(
                    "shared",
                    () -> java.util.Collections.list(bundle.getResources("shared.txt")).stream()
                            .map(FragmentTest::read)
                            .toList());
            for (String path : List.of("/", "part", "part/", "lib", "lib/inner.jar", "texts", "from-fragment")) {
                seen.note("entry " + path, () -> bundle.getEntry(path));
                seen.note("paths " + path, () -> bundle.getEntryPaths(path));
                seen.note("all " + path, () -> bundle.findEntries(path, null, true));
                seen.note("some " + path, () -> bundle.findEntries(path, "*.properties", false));
                seen.note("wiring " + path, () -> wiring.findEntries(path, "*.txt", 1));
                seen.note("resource " + path, () -> bundle.getResource(path));
                for (int options : new int[] {0, 1, 2, 3}) {
                    seen.note("list " + path + " " + options, () -> wiring.listResources(path, "*", options));
                }
                seen.note("fragment's entry " + path, () -> part.getEntry(path));
                seen.note("fragment's paths " + path, () -> part.getEntryPaths(path));
                seen.note("fragment's all " + path, () -> part.findEntries(path, null, true));
                seen.note("fragment's resource " + path, () -> part.getResource(path));
                seen.note("fragment's resources " + path, () -> part.getResources(path));
            }
        });

        assertThat(facts.get("shared"))
                .contains("shared of the host", "shared of the fragment", "shared of the jar that the host names");
    }

    private static String read(java.net.URL url) {
        try {
            return Facts.read(url);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void headersAreLocalized_byHostAndFragment() throws Exception {
        Facts facts = BothFrameworks.with(host(), fragment()).observe((system, seen) -> {
            for (String name : List.of("host", "host.part")) {
                for (String locale : new String[] {"", "de", "de_DE_bavarian", "fr", "xx"}) {
                    seen.note(
                            name + " in '" + locale + "'",
                            () -> seen.bundle(name).getHeaders(locale));
                }
                seen.note(
                        name + " in the default locale", () -> seen.bundle(name).getHeaders());
                seen.note(name + " in null", () -> seen.bundle(name).getHeaders(null));
            }
            seen.bundle("host").stop();
            seen.note("after it stopped", () -> seen.bundle("host").getHeaders("de"));
        });

        assertThat(facts.get("host in 'de'")).contains("Bundle-Name=Wirt", "Bundle-Description=Fragment's word");
        assertThat(facts.get("host in 'fr'")).contains("Bundle-Name=Hote");
        assertThat(facts.get("host in ''")).contains("Bundle-Name=%name");
    }

    @Test
    void uninstalledBundle_keepsItsHeaders() throws Exception {
        BothFrameworks.with(host(), fragment()).observe((system, seen) -> {
            Bundle bundle = seen.bundle("host");
            bundle.uninstall();
            seen.note("raw", () -> bundle.getHeaders(""));
            seen.note("default", () -> bundle.getHeaders());
            seen.note("entry", () -> bundle.getEntry("shared.txt"));
            seen.note("resource", () -> bundle.getResource("shared.txt"));
            seen.note("state", bundle::getState);
        });
    }

    @Test
    void resourceBundle_isFoundInHostAndFragment() throws Exception {
        Facts facts = BothFrameworks.with(host(), fragment()).observe((system, seen) -> {
            ClassLoader loader = seen.bundle("host").adapt(BundleWiring.class).getClassLoader();
            for (Locale locale : List.of(Locale.ROOT, Locale.GERMAN, Locale.FRENCH)) {
                seen.note(
                        "texts in '" + locale + "'",
                        () -> ResourceBundle.getBundle(
                                        "texts.words",
                                        locale,
                                        loader,
                                        ResourceBundle.Control.getNoFallbackControl(
                                                ResourceBundle.Control.FORMAT_DEFAULT))
                                .getString("name"));
            }
        });

        assertThat(facts.get("texts in 'fr'")).isEqualTo("Hote");
    }

    @Test
    void severalFragments_attachInTheSameOrder() throws Exception {
        TestJar[] parts = new TestJar[3];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = TestJar.fragment("host.part" + i, "host").entry("shared.txt", "part " + i);
        }

        Facts facts = BothFrameworks.with(host(), parts[0], parts[1], parts[2])
                .observe((system, seen) -> seen.note(
                        "texts",
                        () -> java.util.Collections.list(seen.bundle("host").getResources("shared.txt")).stream()
                                .map(FragmentTest::read)
                                .toList()));

        assertThat(facts.get("texts")).isEqualTo("[shared of the host, part 0, part 1, part 2]");
    }
}
