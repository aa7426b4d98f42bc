package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Signer;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;

/** What a bundle says of itself: headers, packages, signers, sources, where its code comes from. */
class BundleDescriptionTest {
    private static final List<String> PACKAGE_WORDS = List.of(
            "ImplementationTitle",
            "ImplementationVersion",
            "ImplementationVendor",
            "SpecificationTitle",
            "SpecificationVersion",
            "SpecificationVendor");

    @Test
    void packages_haveTitlesAndVersionsOfTheManifest() throws Exception {
        TestJar inner = TestJar.plain()
                .header("Implementation-Title", "inner title")
                .header("Sealed", "true")
                .code("package inner; public class In { public static String say() { return \"in\"; } }");
        TestJar bundle = TestJar.bundle("titled", "1.0.0")
                .header("Bundle-ClassPath", ".,inner.jar")
                .header("Implementation-Title", "A title")
                .header("Implementation-Version", "7.8")
                .header("Implementation-Vendor", "Somebody")
                .header("Specification-Title", "A specification")
                .header("Specification-Version", "1.5")
                .header("Specification-Vendor", "Somebody else")
                .header("Sealed", "true")
                .inner("inner.jar", inner)
                .code("package titled; public class Titled { public static String say() { return \"titled\"; } }");
        TestJar untitled = TestJar.bundle("untitled", "1.0.0")
                .code("package untitled; public class Plain { public static String say() { return \"plain\"; } }");

        Facts facts = BothFrameworks.with(bundle, untitled).observe((system, seen) -> {
            notePackage(seen, "titled", "titled.Titled");
            notePackage(seen, "titled", "inner.In");
            notePackage(seen, "untitled", "untitled.Plain");
        });

        assertThat(facts.get("titled.Titled getImplementationTitle")).isEqualTo("A title");
        assertThat(facts.get("titled.Titled getImplementationVersion")).isEqualTo("7.8");
    }

    private static void notePackage(Facts seen, String bundle, String className) throws ClassNotFoundException {
        Package of = seen.bundle(bundle).loadClass(className).getPackage();
        for (String word : PACKAGE_WORDS) {
            seen.note(
                    className + " get" + word,
                    () -> Package.class.getMethod("get" + word).invoke(of));
        }
        seen.note(className + " is sealed", of::isSealed);
        seen.note(className + "'s package", of::toString);
        seen.note(
                className + "'s module",
                () -> seen.bundle(bundle).loadClass(className).getModule().isNamed());
    }

    @Test
    void signedBundle_runsAndShowsItsSignature() throws Exception {
        Signer signer = Signer.make();
        TestJar bundle = TestJar.bundle("signed", "1.0.0")
                .code("package signed; public class Signed { public static String say() {"
                        + " return String.valueOf(Signed.class.getSigners()); } }")
                .entry("signed/file.txt", "text")
                .finish(signer::sign);

        Facts facts = BothFrameworks.with(bundle).alsoDeployed().observe((system, seen) -> {
            Bundle signed = seen.bundle("signed");
            seen.noteClass("signed", "signed.Signed");
            seen.note(
                    "all signers",
                    () -> signed.getSignerCertificates(Bundle.SIGNERS_ALL).size());
            seen.note(
                    "trusted signers",
                    () -> signed.getSignerCertificates(Bundle.SIGNERS_TRUSTED).size());
            seen.note("in META-INF", () -> signed.getEntryPaths("META-INF"));
            seen.noteUrl("signature file", () -> signed.getEntry("META-INF/TESTER.SF"));
            seen.noteUrl("signature", () -> signed.getEntry("META-INF/TESTER.EC"));
            seen.note(
                    "certificates of the code",
                    () -> signed.loadClass("signed.Signed")
                            .getProtectionDomain()
                            .getCodeSource()
                            .getCertificates());
            seen.note("headers", () -> signed.getHeaders(""));
        });

        assertThat(facts.get("in META-INF")).contains("TESTER.SF", "TESTER.EC");
        assertThat(facts.get("signed loads signed.Signed")).startsWith("from signed");
    }

    @Test
    void codeSource_isTheBundlesLocation() throws Exception {
        TestJar bundle = TestJar.bundle("sourced", "1.0.0")
                .header("Bundle-ClassPath", ".,inner.jar")
                .inner(
                        "inner.jar",
                        TestJar.plain()
                                .code(
                                        "package inner; public class In { public static String say() { return \"in\"; } }"))
                .code(
                        "package sourced; public class Here { public static String say() {"
                                + " return String.valueOf(Here.class.getProtectionDomain().getCodeSource().getLocation()); } }");

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            seen.noteClass("sourced", "sourced.Here");
            for (String name : List.of("sourced.Here", "inner.In")) {
                Class<?> loaded = seen.bundle("sourced").loadClass(name);
                var domain = loaded.getProtectionDomain();
                seen.note(name + "'s location", () -> domain.getCodeSource().getLocation());
                seen.note(name + "'s certificates", () -> domain.getCodeSource().getCertificates());
                seen.note(name + "'s principals", () -> domain.getPrincipals().length);
                seen.note(name + "'s own file", () -> loaded.getResource(loaded.getSimpleName() + ".class"));
                seen.note(
                        name + "'s loader",
                        () -> loaded.getClassLoader().getClass().getSuperclass() != null
                                && loaded.getClassLoader() instanceof org.osgi.framework.BundleReference);
                seen.note(
                        name + "'s loader's name", () -> loaded.getClassLoader().getName());
            }
        });

        assertThat(facts.get("sourced loads sourced.Here")).isEqualTo("from sourced: mainstay:sourced");
    }

    @Test
    void sources_areEntriesLikeOthers() throws Exception {
        TestJar code = TestJar.bundle("code", "1.0.0")
                .entry("OSGI-OPT/src/code/Code.java", "package code; class Code {}")
                .code("package code; class Code {}");
        TestJar source = TestJar.bundle("code.source", "1.0.0")
                .header("Eclipse-SourceBundle", "code;version=\"1.0.0\";roots:=\".\"")
                .entry("code/Code.java", "package code; class Code {}");

        Facts facts = BothFrameworks.with(code, source).observe((system, seen) -> {
            seen.noteUrl("source inside", () -> seen.bundle("code").getEntry("OSGI-OPT/src/code/Code.java"));
            seen.noteUrl("source beside", () -> seen.bundle("code.source").getEntry("code/Code.java"));
            seen.note("all inside", () -> seen.bundle("code").findEntries("OSGI-OPT", "*.java", true));
            seen.note("header", () -> seen.bundle("code.source").getHeaders("").get("Eclipse-SourceBundle"));
            seen.note("state", () -> seen.bundle("code.source").getState());
        });

        assertThat(facts.get("source inside, its text")).contains("class Code");
    }

    @Test
    void foldersThatNobodyMade_areSeenAllTheSame() throws Exception {
        TestJar bundle = TestJar.bundle("folders", "1.0.0")
                .entry("made/", "")
                .entry("made/file.txt", "file")
                .entry("implied/deep/file.txt", "file")
                .entry("ünlaut/日本/file.txt", "file")
                .entry("odd//double.txt", "double")
                .entry("odd/ space /file.txt", "space");

        Facts facts = BothFrameworks.with(bundle).observe((system, seen) -> {
            Bundle folders = seen.bundle("folders");
            BundleWiring wiring = folders.adapt(BundleWiring.class);
            for (String path : List.of(
                    "/",
                    "",
                    "made",
                    "made/",
                    "/made",
                    "implied",
                    "implied/",
                    "implied/deep",
                    "implied/deep/",
                    "ünlaut",
                    "ünlaut/日本/",
                    "odd",
                    "odd/",
                    "odd//",
                    "odd/ space ",
                    "implied/deep/file.txt/",
                    "nowhere/")) {
                seen.noteUrl("entry '" + path + "'", () -> folders.getEntry(path));
                seen.note("resource '" + path + "'", () -> folders.getResource(path));
                seen.note("paths '" + path + "'", () -> folders.getEntryPaths(path));
                seen.note("all '" + path + "'", () -> folders.findEntries(path, null, true));
                seen.note("some '" + path + "'", () -> folders.findEntries(path, "*", false));
                seen.note("list '" + path + "'", () -> wiring.listResources(path, null, 1));
            }
        });

        assertThat(facts.get("entry 'implied/'")).isEqualTo("bundle://folders.0:0/implied/");
        assertThat(facts.get("paths 'ünlaut'")).isEqualTo("[ünlaut/日本/]");
    }

    @Test
    void timesAndNumbers_areReasonable() throws Exception {
        TestJar bundle = TestJar.bundle("timed", "1.2.3.q")
                .header("Bundle-Name", "Timed")
                .header("Bundle-ActivationPolicy", "lazy");
        long before = System.currentTimeMillis();

        BothFrameworks.with(bundle).alsoDeployed().observe((system, seen) -> {
            Bundle timed = seen.bundle("timed");
            seen.note(
                    "modified in this test",
                    () -> timed.getLastModified() >= before - 2000
                            && timed.getLastModified() <= System.currentTimeMillis() + 2000);
            seen.note("location", timed::getLocation);
            seen.note("version", timed::getVersion);
            seen.note("bundle id", () -> timed.getBundleId() > 0);
            seen.note("headers", () -> timed.getHeaders(""));
            seen.note("text", () -> timed.toString().replaceAll("\\d+\\]", "N]"));
            seen.note("revisions", () -> timed.adapt(BundleRevision.class).getSymbolicName());
            seen.note("services", timed::getRegisteredServices);
            seen.note("data file", () -> timed.getDataFile("x").getName());
        });
    }
}
