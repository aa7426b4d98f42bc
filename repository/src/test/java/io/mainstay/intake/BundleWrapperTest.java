package io.mainstay.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.HandMadeZip;
import io.mainstay.TestBundles;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.zip.ZipDirectory;
import io.mainstay.zip.ZipMember;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of jars that are no bundles. */
class BundleWrapperTest {
    private static final String CLASS = "io/mainstay/HandMadeZip.class";

    @Test
    void plainJar_becomesABundleThatExportsItsPackages() throws IOException {
        Content content = check(wrap("/home/jane/commons-lang3-3.12.0.jar", plain().bytes()));

        assertThat(content.label()).isEqualTo("commons-lang3 3.12.0");
        assertThat(content.headers())
                .containsEntry("Bundle-ManifestVersion", "2")
                .containsEntry("Export-Package", "io.mainstay;version=\"3.12.0\"")
                .hasEntrySatisfying(
                        "Import-Package",
                        imports -> assertThat(imports.split(","))
                                .allSatisfy(one -> assertThat(one).endsWith(";resolution:=optional"))
                                .contains("java.util;resolution:=optional"));
    }

    @Test
    void wrapping_keepsEntriesAndHeaders() throws IOException {
        TestBundles jar = plain().header("Main-Class", "a.B").header("Multi-Release", "true");

        ContentSource wrapped = wrap("a-1.jar", jar.entry("a/b.txt", "text").bytes());

        assertThat(names(wrapped)).contains(CLASS, "a/b.txt", "META-INF/MANIFEST.MF");
        assertThat(check(wrapped).headers()).containsEntry("Main-Class", "a.B").containsEntry("Multi-Release", "true");
    }

    @Test
    void theSameJar_givesTheSameBytes_atAnyTimeAndPlace() throws IOException {
        byte[] jar = plain().entry("b", "b").entry("a", "a").bytes();
        TimeZone here = TimeZone.getDefault();
        Digest first = check(wrap("a-1.jar", jar)).digest();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));
            assertThat(check(wrap("a-1.jar", jar)).digest()).isEqualTo(first);
            TimeZone.setDefault(TimeZone.getTimeZone("America/Los_Angeles"));
            assertThat(check(wrap("a-1.jar", jar)).digest()).isEqualTo(first);
        } finally {
            TimeZone.setDefault(here);
        }
    }

    @Test
    void entriesAreDatedAlike() throws IOException {
        assertThat(members(wrap("a-1.jar", plain().bytes())))
                .extracting(ZipMember::modifiedMillis)
                .containsOnly(members(wrap("b.jar", plain().bytes())).get(0).modifiedMillis());
    }

    @Test
    void signature_isTakenOut() throws IOException {
        byte[] signed = plain().entry("META-INF/ACME.SF", "x")
                .entry("META-INF/ACME.RSA", "x")
                .entry("META-INF/acme.dsa", "x")
                .entry("META-INF/ACME.EC", "x")
                .entry("META-INF/SIG-ACME", "x")
                .entry("META-INF/LICENSE", "x")
                .entry("META-INF/deep/ACME.SF", "x")
                .bytes();

        assertThat(names(wrap("a-1.jar", signed)))
                .filteredOn(name -> name.startsWith("META-INF/") && !name.endsWith("/"))
                .containsExactlyInAnyOrder("META-INF/MANIFEST.MF", "META-INF/LICENSE", "META-INF/deep/ACME.SF");
    }

    @ParameterizedTest
    @CsvSource({
        "foo.jar, foo 0.0.0",
        "foo-1.jar, foo 1.0.0",
        "FOO-1.2.JAR, FOO 1.2.0",
        "foo-1.0-SNAPSHOT.jar, foo 1.0.0.SNAPSHOT",
        "foo-bar-2.0-jdk8.jar, foo-bar 2.0.0.jdk8",
        "a.b-20230101.jar, a.b 20230101.0.0",
        "log4j-1.2-api.jar, log4j 1.2.0.api",
        "C:\\jars\\fo o-1.jar, fo_o 1.0.0",
        "/x-9/y.jar, y 0.0.0",
        "..-1.jar, _ 1.0.0",
        "ä-1.jar, _ 1.0.0",
        "foo-1.2.3.4.5.jar, foo 1.2.3.45",
        "foo.zip, foo.zip 0.0.0",
    })
    void nameAndVersion_comeFromTheFile(String file, String label) throws IOException {
        assertThat(check(wrap(file, plain().bytes())).label()).isEqualTo(label);
    }

    @Test
    void moduleName_winsOverTheFile_andTheCallerOverBoth() throws IOException {
        ContentSource jar = ContentSource.of(
                "foo-1.jar",
                plain().header("Automatic-Module-Name", "org.acme.foo").bytes());

        assertThat(check(wrap(jar)).label()).isEqualTo("org.acme.foo 1.0.0");
        assertThat(check(BundleWrapper.wrap(jar, Optional.of("mine"), Optional.of("4.5-rc1")))
                        .label())
                .isEqualTo("mine 4.5.0.rc1");
    }

    @Test
    void jarBehindOtherBytes_losesNothing() throws IOException {
        byte[] jar = HandMadeZip.zip()
                .deflated("a/b.txt", "text".getBytes(StandardCharsets.UTF_8))
                .after("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8))
                .bytes();

        assertThat(names(wrap("a-1.jar", jar))).contains("a/b.txt");
    }

    @Test
    void damagedJar_isRefused_notWrappedInPart() {
        byte[] jar = plain().entry("a/b.txt", "text").bytes();

        assertThatThrownBy(() -> wrap("a-1.jar", Arrays.copyOf(jar, jar.length - 30)))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("the file is truncated");
        assertThatThrownBy(() -> wrap("a-1.jar", "certainly no zip file".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(RefusedBundleException.class);
        assertThatThrownBy(() -> wrap("a-1.jar", new byte[0]))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("the file is empty");
        assertThatThrownBy(() -> wrap(
                        "a-1.jar", HandMadeZip.zip().stored("../a", new byte[1]).bytes()))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("escapes by '..'");
        assertThatThrownBy(() -> wrap(
                        "a-1.jar",
                        TestBundles.jar().header("Broken Header", "x").bytes()))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("its manifest is broken");
    }

    @Test
    void bomb_isRefusedBeforeItIsHeld() {
        byte[] bomb = HandMadeZip.zip().deflated("bomb", new byte[100 << 20]).bytes();

        assertThatThrownBy(() -> wrap("a-1.jar", bomb))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("expand to more than 100 times its size");
    }

    @Test
    void classInTheWrongFolder_isRefusedWithItsName() {
        assertThatThrownBy(() -> wrap(
                        "a-1.jar",
                        TestBundles.jar()
                                .entry("HandMadeZip.class", classBytes())
                                .bytes()))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("bnd cannot wrap it: ")
                .hasMessageContaining("HandMadeZip.class");
    }

    @Test
    void isBundle_asksTheManifestAlone() throws IOException {
        assertThat(isBundle(TestBundles.bundle("a", "1").bytes())).isTrue();
        assertThat(isBundle(HandMadeZip.bundle().after(new byte[50]).bytes())).isTrue();
        assertThat(isBundle(plain().bytes())).isFalse();
        assertThat(isBundle(HandMadeZip.zip().bytes())).isFalse();
        assertThat(isBundle("certainly no zip file".getBytes(StandardCharsets.UTF_8)))
                .isFalse();
        assertThat(isBundle(TestBundles.jar().header("Broken Header", "x").bytes()))
                .isFalse();
    }

    private static boolean isBundle(byte[] jar) throws IOException {
        return BundleWrapper.isBundle(ContentSource.of("a.jar", jar));
    }

    private static TestBundles plain() {
        return TestBundles.jar().entry(CLASS, classBytes());
    }

    private static byte[] classBytes() {
        try (InputStream in = BundleWrapperTest.class.getClassLoader().getResourceAsStream(CLASS)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ContentSource wrap(String name, byte[] jar) throws IOException {
        return wrap(ContentSource.of(name, jar));
    }

    private static ContentSource wrap(ContentSource jar) throws IOException {
        return BundleWrapper.wrap(jar, Optional.empty(), Optional.empty());
    }

    private static Content check(ContentSource source) throws IOException {
        return new BundleIntake(IntakeLimits.DEFAULT).check(source).content();
    }

    private static List<ZipMember> members(ContentSource source) throws IOException {
        try (var channel = source.openSeekable()) {
            return ZipDirectory.read(channel);
        }
    }

    private static List<String> names(ContentSource source) throws IOException {
        return members(source).stream().map(ZipMember::name).toList();
    }
}
