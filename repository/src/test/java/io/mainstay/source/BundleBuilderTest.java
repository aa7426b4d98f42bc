package io.mainstay.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Version;

/** Bundles of all kinds, built again from their source: what somebody has written stays, and nothing of the machine gets in. */
class BundleBuilderTest {
    private static final ClassPath NOTHING = new ClassPath(List.of());
    private static final String A = "package p; public class A { public String say() { return \"one\"; } }";

    @TempDir
    private Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Project project(String... pathsAndTexts) {
        TreeMap<String, byte[]> files = new TreeMap<>();
        for (int i = 0; i < pathsAndTexts.length; i += 2) {
            files.put(pathsAndTexts[i], bytes(pathsAndTexts[i + 1]));
        }
        return Project.of(files);
    }

    private static PackedJar jar(BundleBuilder.Result result) {
        assertThat(result.problems()).noneMatch(Problem::error);
        byte[] bytes = result.jar().orElseThrow();
        return PackedJar.of(Digest.of(bytes), bytes);
    }

    private static PackedJar build(Project project) {
        return jar(BundleBuilder.build(Optional.empty(), project, NOTHING));
    }

    private static PackedJar edit(PackedJar before, String path, String text) {
        return jar(BundleBuilder.build(Optional.of(before), Project.of(before).with(path, bytes(text)), NOTHING));
    }

    /** A bundle as others make them: classes of ours, a manifest and entries of theirs. */
    private static PackedJar foreign(String headers, Map<String, String> entries) {
        PackedJar made = build(project("src/main/java/p/A.java", A, "bnd.bnd", "Bundle-SymbolicName: p\n"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(
                    zip,
                    "META-INF/MANIFEST.MF",
                    bytes("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\n"
                            + "Bundle-SymbolicName: p\nBundle-Version: 1.2.3\n" + headers + "\n"));
            put(zip, "p/A.class", made.expand(made.find("p/A.class").orElseThrow()));
            put(zip, "OSGI-OPT/src/p/A.java", bytes(A));
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                put(zip, entry.getKey(), bytes(entry.getValue()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return PackedJar.of(Digest.of(bytes.toByteArray()), bytes.toByteArray());
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    private static PackedJar edited(PackedJar before) {
        return edit(before, "src/main/java/p/A.java", A.replace("one", "two"));
    }

    private static String header(PackedJar jar, String name) {
        return Made.headers(jar).getOrDefault(new Attributes.Name(name), "").toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: ${system;touch MARK}",
                "X: $(system;touch MARK)",
                "X: ${cat;/etc/hostname}",
                "X: ${env;PATH}",
                "X: ${${system};touch MARK}",
                "-includeresource: x=/etc/hostname",
                "-include: /etc/hostname",
                "-wab: /etc",
                "-plugin: evil.Plugin;path:=/tmp/evil.jar"
            })
    void instructions_reachNothingOfTheMachine(String line) throws IOException {
        Path mark = folder.resolve("mark");
        String hostname = Files.exists(Path.of("/etc/hostname"))
                ? Files.readString(Path.of("/etc/hostname")).strip()
                : "?";

        BundleBuilder.Result result = BundleBuilder.build(
                Optional.empty(),
                project(
                        "src/main/java/p/A.java",
                        A,
                        "bnd.bnd",
                        "Bundle-SymbolicName: p\n" + line.replace("MARK", mark.toString()) + "\n"),
                NOTHING);

        assertThat(mark).doesNotExist();
        if (line.startsWith("-")) {
            assertThat(jar(result).names()).contains("p/A.class").doesNotContain("x");
        } else {
            assertThat(result.jar()).isEmpty();
            assertThat(result.problems().get(0).message()).startsWith("X has a macro that is more than the name");
        }
        assertThat(result.problems()).noneMatch(problem -> problem.message().contains(hostname + "\n"));
    }

    @Test
    void foreignManifest_staysAsItIs_butForWhatFollowsFromTheClasses() {
        PackedJar before = foreign(
                "X-Price: costs ${price} and $(system;id)\nDynamicImport-Package: *\n"
                        + "-includeresource: s=/etc/hostname\n"
                        + "Export-Package: p;special=yes\nImport-Package: q;resolution:=optional;version=\"[1,3)\"\n"
                        + "Require-Capability: osgi.extender;filter:=\"(osgi.extender=mine)\"\n"
                        + "Provide-Capability: osgi.service;objectClass:List<String>=\"p.Hand\"\n"
                        + "Service-Component: OSGI-INF/hand.xml\n",
                Map.of(
                        "OSGI-INF/hand.xml",
                        "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.3.0\" name=\"h\">"
                                + "<implementation class=\"p.A\"/></scr:component>",
                        "OSGI-INF/metatype/m.xml",
                        "<metatype/>",
                        "META-INF/maven/g/a/pom.properties",
                        "version=1"));

        PackedJar after = edited(before);

        assertThat(header(after, "Bundle-Version")).isEqualTo("1.2.3");
        assertThat(header(after, "X-Price")).isEqualTo("costs ${price} and $(system;id)");
        assertThat(header(after, "DynamicImport-Package")).isEqualTo("*");
        assertThat(header(after, "Export-Package")).contains("p;", "special=yes", "version=\"0.0.0\"");
        assertThat(header(after, "Import-Package")).isEqualTo("q;version=\"[1,3)\";resolution:=optional");
        assertThat(header(after, "Require-Capability")).contains("osgi.extender;filter:=\"(osgi.extender=mine)\"");
        assertThat(header(after, "Provide-Capability")).contains("p.Hand");
        assertThat(header(after, "Service-Component")).isEqualTo("OSGI-INF/hand.xml");
        assertThat(after.names())
                .contains("OSGI-INF/hand.xml", "OSGI-INF/metatype/m.xml", "META-INF/maven/g/a/pom.properties")
                .doesNotContain("s");
        PackedJar again = edit(after, "src/main/java/p/A.java", A.replace("one", "three"));
        assertThat(header(again, "Service-Component")).isEqualTo("OSGI-INF/hand.xml");
        assertThat(header(again, "Require-Capability")).isEqualTo(header(after, "Require-Capability"));
    }

    @Test
    void classesOfOtherLanguagesAndReleases_stay() {
        PackedJar made = build(project("src/main/java/p/A.java", A, "bnd.bnd", "Bundle-SymbolicName: p\n"));
        String code = new String(made.expand(made.find("p/A.class").orElseThrow()), StandardCharsets.ISO_8859_1);
        PackedJar before = foreign(
                "Multi-Release: true\n",
                Map.of("OSGI-OPT/src/p/K.kt", "class K", "META-INF/versions/11/p/A.class", code));

        PackedJar after = edited(before);

        assertThat(after.names()).contains("META-INF/versions/11/p/A.class", "OSGI-OPT/src/p/K.kt");
    }

    @Test
    void classesInAFolder_areRefused() {
        PackedJar before = foreign("Bundle-ClassPath: classes\n", Map.of("classes/p/B.class", ""));

        BundleBuilder.Result result = BundleBuilder.build(
                Optional.of(before),
                Project.of(before).with("src/main/java/p/A.java", bytes(A.replace("one", "two"))),
                NOTHING);

        assertThat(result.problems().get(0).message()).contains("in the folder classes of its jar");
    }

    @Test
    void exportOfAnotherBundlesPackage_copiesNothing() {
        PackedJar other = build(project(
                "src/main/java/p/other/O.java",
                "package p.other; public class O {}",
                "bnd.bnd",
                "Bundle-SymbolicName: o\nExport-Package: p.other\n"));
        ClassPath classPath = new ClassPath(List.of(new ClassPath.Provider(
                "o",
                Version.emptyVersion,
                "o",
                new TreeMap<>(Map.of("p.other", Version.emptyVersion)),
                "",
                name -> name.equals("p.other")
                        ? Map.of(
                                "O",
                                () -> other.expand(other.find("p/other/O.class").orElseThrow()))
                        : Map.of())));
        String user = "package p; public class A { p.other.O other; }";

        PackedJar made = jar(BundleBuilder.build(
                Optional.empty(),
                project("src/main/java/p/A.java", user, "bnd.bnd", "Bundle-SymbolicName: p\nExport-Package: p.*\n"),
                classPath));

        assertThat(made.names()).contains("p/A.class").doesNotContain("p/other/O.class");
        assertThat(header(made, "Export-Package")).startsWith("p;").doesNotContain("p.other");
        assertThat(header(made, "Import-Package")).contains("p.other");
    }

    @Test
    void bodyThatChanges_isCompiledAlone() {
        PackedJar before = build(project(
                "bnd.bnd",
                "Bundle-SymbolicName: p\n",
                "src/main/java/p/A.java",
                A,
                "src/main/java/p/B.java",
                "package p; class B { java.util.List raw; }"));

        BundleBuilder.Result alone = BundleBuilder.build(
                Optional.of(before),
                Project.of(before).with("src/main/java/p/A.java", bytes(A.replace("one", "two"))),
                NOTHING);
        BundleBuilder.Result all = BundleBuilder.build(
                Optional.of(before),
                Project.of(before).with("src/main/java/p/A.java", bytes(A.replace("say", "tell"))),
                NOTHING);

        assertThat(alone.problems())
                .as("the other file was not compiled, so nobody warns of it")
                .isEmpty();
        assertThat(all.problems()).as("control: all files").isNotEmpty();
        assertThat(jar(alone).names()).contains("p/A.class", "p/B.class");
    }

    @Test
    void headerThatIsTakenOutOfTheInstructions_goes() {
        PackedJar before = build(project(
                "src/main/java/p/A.java", A, "bnd.bnd", "Bundle-SymbolicName: p\nX-Foo: bar\nBundle-Name: P\n"));
        assertThat(header(before, "X-Foo")).isEqualTo("bar");

        PackedJar after = edit(before, "bnd.bnd", "Bundle-SymbolicName: p\n");

        assertThat(header(after, "X-Foo")).isEmpty();
    }

    @Test
    void privateMemberThatHidesAnInheritedOne_isSeenByOthers() {
        PackedJar before = build(project(
                "bnd.bnd",
                "Bundle-SymbolicName: p\n",
                "src/main/java/p/Base.java",
                "package p; class Base { protected int x; }",
                "src/main/java/p/Mid.java",
                "package p; class Mid extends Base { }",
                "src/main/java/p/Use.java",
                "package p; class Use extends Mid { int y = x; }"));

        BundleBuilder.Result result = BundleBuilder.build(
                Optional.of(before),
                Project.of(before)
                        .with(
                                "src/main/java/p/Mid.java",
                                bytes("package p; class Mid extends Base { private int x; }")),
                NOTHING);

        assertThat(result.problems()).extracting(Problem::file).contains("src/main/java/p/Use.java");
    }

    @Test
    void textThatIsNotUtf8_isCompiledAllTheSame() {
        TreeMap<String, byte[]> files = new TreeMap<>();
        files.put("bnd.bnd", bytes("\uFEFFBundle-SymbolicName: p\n"));
        files.put("src/main/java/p/A.java", bytes("\uFEFF" + A));
        files.put(
                "src/main/java/p/L.java",
                "package p; class L { String s = \"\u00fc\"; }".getBytes(StandardCharsets.ISO_8859_1));

        BundleBuilder.Result result = BundleBuilder.build(Optional.empty(), Project.of(files), NOTHING);

        assertThat(header(jar(result), "Bundle-SymbolicName")).isEqualTo("p");
        assertThat(result.problems())
                .extracting(Problem::text)
                .containsExactly("src/main/java/p/L.java: warning: it is not UTF-8, and was read as ISO 8859-1");
    }

    @Test
    void whatToolsLeaveBeside_isNoSource() throws IOException {
        for (String name : List.of("A.java", ".A.java.swp", "A.java~", "A.java.theirs", ".DS_Store")) {
            Path file = folder.resolve("src/main/java/p").resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, A);
        }

        assertThat(Project.of(folder).files()).containsOnlyKeys("src/main/java/p/A.java");

        Files.createSymbolicLink(folder.resolve("src/main/java/p/link.txt"), Path.of("/etc/hostname"));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Project.of(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("link.txt is a link");
    }
}
