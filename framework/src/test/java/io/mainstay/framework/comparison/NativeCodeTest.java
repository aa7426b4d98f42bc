package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Folders;
import io.mainstay.framework.fixture.NativeLibrary;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** Native code in bundles: OSGi Core 8, 3.10. */
class NativeCodeTest {
    /** No other process has a library of this name. */
    private static final String LIBRARY = "answer" + ProcessHandle.current().pid();

    private static final String FILE = System.mapLibraryName(LIBRARY);

    private static TestJar withCode(TestJar bundle) {
        return bundle.code("package nat; public class Native {"
                + " static { System.loadLibrary(\"" + LIBRARY + "\"); }"
                + " public static native int answer();"
                + " public static String say() { return \"answers \" + answer(); } }");
    }

    private static TestJar bundle(String version, int answer) throws Exception {
        return withCode(TestJar.bundle("nat", version))
                .header("Import-Package", "org.osgi.framework")
                .header("Bundle-NativeCode", NativeLibrary.clause("native/" + FILE))
                .entry("native/" + FILE, NativeLibrary.answering("nat.Native", answer))
                .activator(
                        "nat.Activator",
                        "context.registerService(java.util.function.IntSupplier.class,"
                                + " (java.util.function.IntSupplier) Native::answer, null);",
                        "");
    }

    @Test
    void library_isLoadedFromTheBundle() throws Exception {
        Facts facts = BothFrameworks.with(bundle("1.0.0", 42)).alsoDeployed().observe((system, seen) -> {
            seen.noteClass("nat", "nat.Native");
            seen.note("entry", () -> seen.bundle("nat").getEntry("native/" + FILE));
        });

        assertThat(facts.get("nat loads nat.Native")).isEqualTo("from nat: answers 42");
    }

    @Test
    void library_isLoadedFromAFragment() throws Exception {
        TestJar host = withCode(TestJar.bundle("host", "1.0.0"));
        TestJar part = TestJar.fragment("host.linux", "host")
                .header("Bundle-NativeCode", NativeLibrary.clause(FILE))
                .entry(FILE, NativeLibrary.answering("nat.Native", 43));

        Facts facts = BothFrameworks.with(host, part)
                .alsoDeployed()
                .observe((system, seen) -> seen.noteClass("host", "nat.Native"));

        assertThat(facts.get("host loads nat.Native")).isEqualTo("from host: answers 43");
    }

    @Test
    void missingLibrary_isMissingInTheSameWay() throws Exception {
        TestJar none = withCode(TestJar.bundle("none", "1.0.0"));
        TestJar other = withCode(TestJar.bundle("other", "1.0.0"))
                .header("Bundle-NativeCode", NativeLibrary.clause("native/" + FILE));
        TestJar optional = withCode(TestJar.bundle("optional", "1.0.0"))
                .header("Bundle-NativeCode", "native/answer.dll;osname=Win32;processor=mips,*")
                .entry("native/answer.dll", "for another machine");

        BothFrameworks.with(none, other, optional).observe((system, seen) -> {
            seen.noteClass("none", "nat.Native");
            seen.noteClass("other", "nat.Native");
            seen.noteClass("optional", "nat.Native");
        });
    }

    @Test
    void library_isLoadedAgainAfterAnUpdate_andNoFileStays() throws Exception {
        Set<Path> files = new TreeSet<>();
        Path storage;
        try (Mainstay mainstay = Mainstay.open(Stores.freshChannel())) {
            mainstay.commit("First", bundle("1.0.0", 1).checked());
            mainstay.start();
            storage = Path.of(mainstay.context().getProperty(Constants.FRAMEWORK_STORAGE));
            assertThat(answer(mainstay)).isEqualTo(1);

            for (int answer = 2; answer < 5; answer++) {
                assertThat(mainstay.commit(
                                        "Next", bundle("1.0." + answer, answer).checked())
                                .outcome())
                        .isEqualTo(Result.APPLIED);
                assertThat(answer(mainstay)).isEqualTo(answer);
            }
            Bundle bundle = mainstay.context().getBundle("mainstay:nat");
            bundle.stop();
            bundle.start();
            assertThat(answer(mainstay)).isEqualTo(4);
            files.addAll(Folders.temporary(FILE));
            assertThat(files).hasSize(4);
        }

        assertThat(Folders.temporary(FILE)).isEmpty();
        assertThat(files)
                .extracting(Path::getParent)
                .allSatisfy(folder -> assertThat(folder).doesNotExist());
        assertThat(storage).doesNotExist();
    }

    private static int answer(Mainstay mainstay) {
        return mainstay.find(IntSupplier.class, java.time.Duration.ofSeconds(5))
                .orElseThrow()
                .getAsInt();
    }
}
