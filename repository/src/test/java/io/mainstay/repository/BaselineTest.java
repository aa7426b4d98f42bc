package io.mainstay.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.MemoryStore;
import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.repository.Baseline.Breach;
import io.mainstay.repository.Baseline.Finding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

/** What counts as breaking those who use a package. */
class BaselineTest {
    private static final String STORE = "package api; public class Store {"
            + " public String get(String key) { return key; } public void put(String key, int count) {} }";

    private MemoryStore store;

    @BeforeEach
    void open() {
        store = new MemoryStore();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static TestBundles bundle(String version, String export, String... sources) {
        TestBundles jar = TestBundles.bundle("com.acme.api", version);
        if (!export.isEmpty()) {
            jar.header("Export-Package", export);
        }
        compile(sources).forEach((name, bytes) -> jar.entry(name.replace('.', '/') + ".class", bytes));
        return jar;
    }

    private Finding compare(TestBundles live, TestBundles next) throws IOException {
        CheckedBundle old = live.checked();
        store.put(old);
        return new Baseline(store.store().contents()).compare(old.content(), next.checked());
    }

    private List<String> differences(TestBundles live, TestBundles next) throws IOException {
        Finding finding = compare(live, next);
        assertThat(finding.unknown()).isEmpty();
        return finding.breaches().stream()
                .flatMap(breach -> breach.differences().stream())
                .toList();
    }

    @Test
    void removedMethod_breaksThePackage() throws Exception {
        Finding finding = compare(
                bundle("1.2.0", "api;version=1.2.0", STORE),
                bundle(
                        "1.3.0",
                        "api;version=1.3.0",
                        "package api; public class Store { public void put(String key, int count) {} }"));

        assertThat(finding.breaches())
                .containsExactly(new Breach(
                        "api",
                        Version.parseVersion("1.2.0"),
                        Optional.of(Version.parseVersion("1.3.0")),
                        List.of("method api.Store.get(String) is removed")));
        assertThat(finding.unknown()).isEmpty();
    }

    @Test
    void sameApi_breaksNothing_whateverIsInside() throws Exception {
        assertThat(compare(
                                bundle("1.0.0", "api;version=1.2.0", STORE, "package inside; public class A {}"),
                                bundle("1.0.1", "api;version=1.2.0", STORE.replace("return key", "return key + 1")))
                        .breaches())
                .isEmpty();
    }

    @Test
    void higherMajorVersion_mayBreak_andNothingIsRead() throws Exception {
        TestBundles garbage = TestBundles.bundle("com.acme.api", "2.0.0")
                .header("Export-Package", "api;version=2.0.0")
                .entry("api/Store.class", "garbage");

        assertThat(compare(bundle("1.2.0", "api;version=1.2.0", STORE), garbage))
                .isEqualTo(new Finding(List.of(), Optional.empty()));
    }

    @Test
    void versionsBelowOne_promiseNothing() throws Exception {
        assertThat(compare(bundle("1.0.0", "api;version=0.9", STORE), bundle("1.0.1", "api;version=0.9.1"))
                        .breaches())
                .isEmpty();
        assertThat(compare(bundle("1.0.0", "api", STORE), bundle("1.0.1", "api"))
                        .breaches())
                .isEmpty();
        assertThat(compare(bundle("0.1.0", "api;version=1", STORE), bundle("0.2.0", ""))
                        .breaches())
                .isEmpty();
    }

    @Test
    void packageThatIsGone_needsAHigherMajorVersionOfTheBundle() throws Exception {
        assertThat(compare(bundle("1.2.0", "api;version=1.2.0", STORE), bundle("1.3.0", ""))
                        .breaches())
                .containsExactly(new Breach("api", Version.parseVersion("1.2.0"), Optional.empty(), List.of()));
        assertThat(compare(bundle("1.2.0", "api;version=1.2.0", STORE), bundle("2.0.0", ""))
                        .breaches())
                .isEmpty();
    }

    @Test
    void methodAddedToAnInterface_breaksItsImplementers_unlessTheyAreProviders() throws Exception {
        String before = "package api; public interface Store { void put(String key); }";
        String after = "package api; public interface Store { void put(String key); String get(); }";
        String provided = "@org.osgi.annotation.versioning.ProviderType ";

        assertThat(differences(
                        bundle("1.0.0", "api;version=1.0.0", before), bundle("1.1.0", "api;version=1.1.0", after)))
                .singleElement()
                .asString()
                .startsWith("method api.Store.get() is added");
        assertThat(differences(
                        bundle(
                                "1.0.0",
                                "api;version=1.0.0",
                                before.replace("public interface", provided + "public interface")),
                        bundle(
                                "1.1.0",
                                "api;version=1.1.0",
                                after.replace("public interface", provided + "public interface"))))
                .isEmpty();
    }

    @Test
    void differences_areToldInWords_typesFirst() throws Exception {
        List<String> told = differences(
                bundle(
                        "1.0.0",
                        "api;version=1.0.0",
                        "package api; public class Gone {}",
                        "package api; public class Kept extends java.util.ArrayList<String> {"
                                + " public static final int SIZE = Integer.parseInt(\"1\");"
                                + " public Kept(int a) {} public String name() { return null; }"
                                + " public void open() {} }"),
                bundle(
                        "1.0.1",
                        "api;version=1.0.1",
                        "package api; public class Kept { public Kept() {}"
                                + " public int name() { return 1; } public final void open() {} }"));

        assertThat(told)
                .hasSizeGreaterThan(4)
                .startsWith("class api.Gone is removed")
                .anyMatch(line -> line.equals("field api.Kept.SIZE is removed")
                        || line.equals("constructor api.Kept.(int) is removed")
                        || line.contains("is removed"));
    }

    @Test
    void changedReturnTypeAndAccess_areTold() throws Exception {
        assertThat(differences(
                        bundle("1.0.0", "api;version=1.0.0", STORE),
                        bundle(
                                "1.0.1",
                                "api;version=1.0.1",
                                "package api; public class Store { public int get(String key) { return 1; }"
                                        + " public static void put(String key, int count) {} }")))
                .containsExactlyInAnyOrder(
                        "method api.Store.get(String) no longer returns String",
                        "method api.Store.put(String,int) is now static");
    }

    @Test
    void packageInsideAnEmbeddedJar_isCompared() throws Exception {
        TestBundles inner = TestBundles.jar();
        compile(STORE).forEach((name, bytes) -> inner.entry(name.replace('.', '/') + ".class", bytes));
        TestBundles without = TestBundles.jar();
        compile("package api; public class Store {}")
                .forEach((name, bytes) -> without.entry(name.replace('.', '/') + ".class", bytes));

        assertThat(differences(
                        bundle("1.0.0", "api;version=1.0.0")
                                .header("Bundle-ClassPath", ".,lib/a.jar")
                                .entry("lib/a.jar", inner.bytes()),
                        bundle("1.0.1", "api;version=1.0.1")
                                .header("Bundle-ClassPath", "lib/a.jar")
                                .entry("lib/a.jar", without.bytes())))
                .contains("method api.Store.get(String) is removed");
    }

    @Test
    void garbage_isUnknown_andNoException() throws Exception {
        byte[] noise = new byte[4000];
        new Random(7).nextBytes(noise);
        byte[] cut = java.util.Arrays.copyOf(compile(STORE).get("api.Store"), 100);
        for (byte[] bytes : List.of(noise, cut, new byte[0])) {
            Finding finding = compare(
                    bundle("1.0.0", "api;version=1.0.0", STORE),
                    bundle("1.0.1", "api;version=1.0.1").entry("api/Store.class", bytes));

            assertThat(finding.breaches()).isEmpty();
            assertThat(finding.unknown().orElseThrow())
                    .startsWith("Whether com.acme.api 1.0.1 breaks users of com.acme.api 1.0.0 is not known: ")
                    .doesNotContain("\n");
        }
    }

    @Test
    void unreadableVersion_isUnknown() throws Exception {
        assertThat(compare(bundle("1.0.0", "api;version=1.0.0", STORE), bundle("1.0.1", "api;version=\"one\"", STORE))
                        .unknown())
                .isPresent();
    }

    /** {@return class files by binary name} */
    private static Map<String, byte[]> compile(String... sources) {
        Map<String, ByteArrayOutputStream> made = new LinkedHashMap<>();
        if (sources.length > 0) {
            var compiler = ToolProvider.getSystemJavaCompiler();
            JavaFileManager files =
                    new ForwardingJavaFileManager<JavaFileManager>(compiler.getStandardFileManager(null, null, null)) {
                        @Override
                        public JavaFileObject getJavaFileForOutput(
                                Location location, String name, Kind kind, FileObject sibling) {
                            return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {
                                @Override
                                public OutputStream openOutputStream() {
                                    return made.computeIfAbsent(name, key -> new ByteArrayOutputStream());
                                }
                            };
                        }
                    };
            boolean done = compiler.getTask(
                            null,
                            files,
                            null,
                            List.of("-proc:none", "-nowarn"),
                            null,
                            List.of(sources).stream().map(Source::new).toList())
                    .call();
            assertThat(done).isTrue();
        }
        Map<String, byte[]> classes = new LinkedHashMap<>();
        made.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
        return classes;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("memory:///" + name(text) + ".java"), Kind.SOURCE);
            this.text = text;
        }

        private static String name(String text) {
            return text.replaceAll("(?s)package (\\w+);.*?(?:class|interface) (\\w+).*", "$1/$2");
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
