package io.mainstay.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.HandMadeZip;
import io.mainstay.TestBundles;
import io.mainstay.repository.ResourceIndexer;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Version;

/** What a sound zip may hold and say. */
class BundleIntakeTest {
    private static final byte[] TEXT = "some text".getBytes(StandardCharsets.UTF_8);

    @Test
    void soundBundle_isDescribed() throws IOException {
        byte[] jar = TestBundles.bundle("org.acme.foo;singleton:=true", "1.2.3.beta")
                .entry("a/b.txt", "text")
                .bytes();

        Content content = check(jar).content();

        assertThat(content.symbolicName()).isEqualTo("org.acme.foo");
        assertThat(content.version()).isEqualTo(new Version(1, 2, 3, "beta"));
        assertThat(content.digest()).isEqualTo(Digest.of(jar));
        assertThat(content.sizeBytes()).isEqualTo(jar.length);
        assertThat(content.headers())
                .containsEntry("Bundle-SymbolicName", "org.acme.foo;singleton:=true")
                .containsEntry("bundle-version", "1.2.3.beta");
    }

    @Test
    void bundleWithoutVersion_hasVersionZero() throws IOException {
        assertThat(check(TestBundles.bundle("a", null)).content().version()).isEqualTo(Version.emptyVersion);
        assertThat(check(TestBundles.bundle("a", "")).content().version()).isEqualTo(Version.emptyVersion);
    }

    @Test
    void packageNamedLikeItsParent_isNoEscape() throws IOException {
        check(TestBundles.bundle("a", "1").entry("foo/foo/foo.class", "x").entry("org/acme/org/acme/", ""));
    }

    @Test
    void jarWithoutManifest_isRefused() {
        refused(HandMadeZip.zip().stored("a", TEXT).bytes(), "it has no META-INF/MANIFEST.MF", "--wrap makes one");
        refused(HandMadeZip.zip().bytes(), "it has no META-INF/MANIFEST.MF", "--wrap makes one");
        refused(HandMadeZip.zip().stored("META-INF/MANIFEST.MF/", TEXT).bytes(), "it has no META-INF/MANIFEST.MF");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bundle-SymbolicName a\n",
                "Bundle-SymbolicName:a\n",
                "Bundle-SymbolicName\n",
                ": a\n",
                " continued from nowhere\n",
                "Bundle Symbolic Name: a\n",
                "Bündle-Name: a\n",
                "\n\nNo name here: a\n",
                "Manifest-Version: 1.0\n\n\n \n",
            })
    void brokenManifest_isRefused(String text) {
        refused(withManifest(text), "its manifest is broken: ");
    }

    @Test
    void manifestWithTooLongLine_isRefused() {
        refused(withManifest("Manifest-Version: 1.0\nX: " + "x".repeat(70_000) + "\n"), "its manifest is broken: ");
    }

    @Test
    void manifestOfNoise_isRefused() {
        byte[] noise = new byte[4_000];
        new java.util.Random(3).nextBytes(noise);

        refused(HandMadeZip.zip().stored("META-INF/MANIFEST.MF", noise).bytes(), "its manifest is broken: ");
    }

    @Test
    void emptyManifest_hasNoSymbolicName() {
        refused(withManifest(""), "its manifest has no Bundle-SymbolicName", "--wrap makes one");
        refused(withManifest("\u0000\u0001\u0002"), "its manifest has no Bundle-SymbolicName", "--wrap makes one");
    }

    @Test
    void headerGivenTwice_isTakenOnce() throws IOException {
        byte[] jar = withManifest("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: a\n"
                + "Bundle-Version: 1\nBundle-Version: 2\n");

        assertThat(check(jar).content().version()).isEqualTo(new Version("2"));
    }

    @Test
    void plainJar_isRefusedWithAWayOut() {
        refused(TestBundles.jar().entry("a.txt", "x"), "has no Bundle-SymbolicName, so it is no bundle; --wrap makes");
    }

    @ParameterizedTest
    @CsvSource({"1, '1'", "3, '3'", "two, 'two'"})
    void otherManifestVersion_isRefused(String version) {
        refused(
                TestBundles.bundle("a", "1").header("Bundle-ManifestVersion", version),
                "its Bundle-ManifestVersion is '" + version + "'; only 2 is supported");
    }

    @Test
    void missingManifestVersion_isRefused() {
        refused(
                TestBundles.bundle("a", "1").header("Bundle-ManifestVersion", null),
                "its Bundle-ManifestVersion is missing; only 2 is supported");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "..", "a..b", ".a", "a.", "ä", "a,b", "${a}", "../../etc", "a:b"})
    void badSymbolicName_isRefused(String name) {
        refused(TestBundles.bundle(name, "1"), "its Bundle-SymbolicName '" + name + "' is not one");
    }

    @Test
    void blankSymbolicName_isRefused() {
        refused(TestBundles.bundle(" ", "1"), "its Bundle-SymbolicName '' is not one");
        refused(TestBundles.bundle(";singleton:=true", "1"), "its Bundle-SymbolicName '' is not one");
    }

    @Test
    void endlessSymbolicName_isRefused() {
        refused(TestBundles.bundle("a.".repeat(100_000) + "a", "1"), "its Bundle-SymbolicName has 200001 characters");
        refused(TestBundles.bundle("a".repeat(1001), "1"), "its Bundle-SymbolicName has 1001 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "1.2.3.4.5", "1.-2", "1.2.x", "1.2.3.be ta", "99999999999"})
    void badVersion_isRefused(String version) {
        refused(TestBundles.bundle("a", version), "its Bundle-Version '" + version + "' is not one: ");
    }

    @Test
    void endlessVersion_isRefused() {
        refused(TestBundles.bundle("a", "1.2.3." + "q".repeat(300)), "its Bundle-Version has 306 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "Export-Package, 'a;version=one'",
        "Export-Package, ';;;'",
        "Import-Package, 'a;version=\"[2,1\"'",
        "Require-Capability, 'a;filter:=\"(((\"'",
        "Provide-Capability, 'a;a:Long=many'",
        "Provide-Capability, 'a;a:Unheard=x'",
        "Provide-Capability, 'a;a:Version=one'",
        "Require-Bundle, 'a;bundle-version=one'",
        "Fragment-Host, 'a;bundle-version=\"[1\"'",
        "Bundle-RequiredExecutionEnvironment, ','",
        "Bundle-License, '\"'",
        "Bundle-NativeCode, ';;'",
    })
    void brokenHeader_isRefusedOrCanBeReadBack(String name, String value) throws IOException {
        try {
            CheckedBundle bundle = check(TestBundles.bundle("a", "1").header(name, value));
            assertThat(ResourceIndexer.resource(bundle.index())).isNotNull();
        } catch (RefusedBundleException e) {
            assertThat(e).hasMessageStartingWith("Refused test.jar: its headers cannot be understood: ");
        }
    }

    @Test
    void headerThatIsNoText_isRefused() {
        refused(
                TestBundles.bundle("a", "1").header("X", "a\u0000b"),
                "its header X has the character U+0000, which is");
        refused(
                TestBundles.bundle("a", "1").header("X", "a\u0007b"),
                "its header X has the character U+0007, which is");
        refused(
                TestBundles.bundle("a", "1").header("X", "a\uffffb"),
                "its header X has the character U+FFFF, which is");
    }

    @Test
    void headerOfUnusualText_canBeReadBack() throws IOException {
        CheckedBundle bundle = check(TestBundles.bundle("a", "1")
                .header("Bundle-Description", "tab\t & <b> \" ' \u0085 \u007f \ufffd ä")
                .header("Provide-Capability", "a;a=\"<&\t> ]]> \uD83D\uDE00\""));

        assertThat(ResourceIndexer.resource(bundle.index()).getCapabilities("a"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../b", "a/..", "..", "..\\x", "a\\..\\..\\b", "a/..\\b"})
    void entryThatClimbs_isRefused(String name) {
        refused(HandMadeZip.bundle().stored(name, TEXT).bytes(), "its entry " + name + " escapes by '..'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/x", "/", "C:\\x", "c:/x", "\\x", "\\\\server\\x", "C:x", "C:\nx"})
    void absoluteEntry_isRefused(String name) {
        refused(HandMadeZip.bundle().stored(name, TEXT).bytes(), "its entry " + name + " has an absolute name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..a", "a..", "a/...", "a/b..c", "CC:x", "a/C:x"})
    void entryWithHarmlessDots_isTaken(String name) throws IOException {
        check(HandMadeZip.bundle().stored(name, TEXT).bytes());
    }

    @Test
    void entryWithoutName_isRefused() {
        refused(HandMadeZip.bundle().stored("", TEXT).bytes(), "it has an entry without a usable name");
        refused(HandMadeZip.bundle().stored("a\0b", TEXT).bytes(), "it has an entry without a usable name");
    }

    @Test
    void entryTwice_isRefused() {
        refused(HandMadeZip.bundle().stored("a", TEXT).deflated("a", TEXT).bytes(), "its entry a is there twice");
        refused(
                HandMadeZip.bundle().stored("META-INF/MANIFEST.MF", TEXT).bytes(),
                "its entry META-INF/MANIFEST.MF is there twice");
    }

    @Test
    void nonAsciiNames_areTaken() throws IOException {
        check(HandMadeZip.bundle()
                .stored("ä/ö.txt", TEXT)
                .deflated("日本/\uD83D\uDE00.txt", TEXT)
                .bytes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "system.bundle",
                "system.bundle;extension:=framework",
                "system.bundle; extension:=bootclasspath",
                "org.apache.felix.framework",
                "org.apache.felix.framework;extension:=framework;bundle-version=\"[7,8)\"",
                " system.bundle ",
            })
    void frameworkExtension_isRefusedWithAWayOut(String host) {
        refused(
                TestBundles.bundle("a", "1").header("Fragment-Host", host),
                "it is a framework extension (Fragment-Host: " + host.split(";")[0].strip() + ")",
                "put it on the class path of the launcher",
                "org.osgi.framework.system.packages.extra");
    }

    @Test
    void fragmentOfABundle_isTaken() throws IOException {
        check(TestBundles.bundle("a", "1").header("Fragment-Host", "org.acme.host"));
    }

    @Test
    void jarAboveTheSizeLimit_isRefusedUnread() {
        byte[] jar = TestBundles.bundle("a", "1").bytes();

        assertThatThrownBy(() -> new BundleIntake(new IntakeLimits(jar.length - 1, 1 << 20, 100)).check(source(jar)))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessage("Refused test.jar: it has " + jar.length + " bytes, the limit is " + (jar.length - 1)
                        + " (mainstay.intake.max.bytes)");
    }

    private static byte[] withManifest(String text) {
        return HandMadeZip.zip()
                .stored("META-INF/MANIFEST.MF", text.getBytes(StandardCharsets.UTF_8))
                .bytes();
    }

    private static CheckedBundle check(TestBundles bundle) throws IOException {
        return check(bundle.bytes());
    }

    private static CheckedBundle check(byte[] jar) throws IOException {
        return new BundleIntake(IntakeLimits.DEFAULT).check(source(jar));
    }

    private static ContentSource source(byte[] jar) {
        return ContentSource.of("test.jar", jar);
    }

    private static void refused(TestBundles bundle, String... findings) {
        refused(bundle.bytes(), findings);
    }

    private static void refused(byte[] jar, String... findings) {
        assertThatThrownBy(() -> check(jar))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageStartingWith("Refused test.jar: ")
                .hasMessageContainingAll(findings);
    }
}
