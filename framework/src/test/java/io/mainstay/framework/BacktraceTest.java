package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.trace.Backtrace;
import io.mainstay.framework.trace.Frame;
import io.mainstay.framework.trace.Origin;
import io.mainstay.framework.trace.TraceReader;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.store.ContentSource;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Backtraces say which code it was. */
class BacktraceTest extends FrameworkTest {
    private static final String ACTIVATOR = """
            package faulty;

            public class Activator implements org.osgi.framework.BundleActivator {
                public void start(org.osgi.framework.BundleContext context) {
                    context.registerService(java.util.concurrent.Callable.class, new Faulty(), null);
                }

                public void stop(org.osgi.framework.BundleContext context) {}
            }
            """;
    private static final String FAULTY = """
            package faulty;

            public class Faulty implements java.util.concurrent.Callable<Object> {
                public Object call() {
                    int first = 1;
                    throw new IllegalStateException("boom");
                }
            }
            """;
    private static final String LATER = FAULTY.replace("int first = 1;", "int first = 2;\n        int second = 3;");

    private static TestJar faulty(String source) {
        return TestJar.bundle("faulty", "1.0.0")
                .header("Bundle-Activator", "faulty.Activator")
                .header("Import-Package", "org.osgi.framework")
                .entry("OSGI-OPT/src/faulty/Faulty.java", source)
                .code(ACTIVATOR, source);
    }

    private long commit(String author, String message, TestJar jar) throws Exception {
        var result = mainstay.commit(
                Change.by(author).message(message).add(jar.checked()).build());
        requireApplied(result);
        return result.generation().orElseThrow().number();
    }

    private Throwable failure() {
        Callable<?> service =
                mainstay.find(Callable.class, Duration.ofSeconds(5)).orElseThrow();
        return catchThrowable(service::call);
    }

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static List<Origin> origins(Backtrace backtrace) {
        return backtrace.lines().stream()
                .filter(line -> line.frame()
                        .filter(frame -> frame.className().equals("faulty.Faulty"))
                        .isPresent())
                .findFirst()
                .orElseThrow()
                .origins();
    }

    @Test
    void frame_saysBundleGenerationAuthorAndLine() throws Exception {
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        Throwable failure = failure();

        Backtrace backtrace = Backtrace.of(failure);

        assertThat(origins(backtrace)).singleElement().satisfies(origin -> {
            assertThat(origin.bundle()).isEqualTo("faulty");
            assertThat(origin.first()).isEqualTo(first);
            assertThat(origin.live()).isTrue();
            assertThat(origin.path()).contains("faulty/Faulty.java");
            assertThat(origin.change()).contains(new Origin.Change(first, "jane", "Make it fail"));
            assertThat(origin.lines())
                    .containsExactly(
                            "faulty 1.0.0, generation " + first + " of channel " + channel()
                                    + ", live; line of generation " + first
                                    + " by jane: Make it fail",
                            "  4 |     public Object call() {",
                            "  5 |         int first = 1;",
                            "> 6 |         throw new IllegalStateException(\"boom\");",
                            "  7 |     }",
                            "  8 | }");
        });
        assertThat(backtrace.textLines())
                .as("what Java prints stays as it is")
                .containsSubsequence(printed(failure).lines().toList());
        assertThat(backtrace.lines().stream().filter(line -> !line.origins().isEmpty()))
                .as("only bundle code has an origin")
                .allMatch(line -> line.text().contains("faulty."));
    }

    /** By its text both fit; only the one that the host's class loader has defined it of can have thrown. */
    @Test
    void frameOfAFragment_isOfTheFragmentThatItsHostUses() throws Exception {
        TestJar host = TestJar.bundle("host", "1.0.0")
                .header("Bundle-Activator", "faulty.Activator")
                .header("Import-Package", "org.osgi.framework")
                .seeing(fragment(FAULTY))
                .code(ACTIVATOR.replace(
                        "new Faulty()", "(java.util.concurrent.Callable<Object>) () -> new Faulty().call()"));
        applied(host, fragment(FAULTY));
        long second = commit("joe", "Bang instead", fragment(FAULTY.replace("boom", "bang")));

        assertThat(origins(Backtrace.of(failure()))).singleElement().satisfies(origin -> {
            assertThat(origin.bundle()).isEqualTo("part");
            assertThat(origin.first()).isEqualTo(second);
            assertThat(origin.lines()).anyMatch(line -> line.contains("bang"));
        });
    }

    private static TestJar fragment(String source) {
        return TestJar.bundle("part", "1.0.0")
                .header("Fragment-Host", "host")
                .entry("OSGI-OPT/src/faulty/Faulty.java", source)
                .code(source);
    }

    @Test
    void codeThatWasReplaced_isToldApart_andLinesKeepTheirAuthors() throws Exception {
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        Throwable early = failure();
        long second = commit("joe", "Count to three", faulty(LATER));
        Throwable late = failure();

        assertThat(origins(Backtrace.of(early))).singleElement().satisfies(origin -> {
            assertThat(origin.first()).isEqualTo(first);
            assertThat(origin.live()).isFalse();
            assertThat(origin.source().get(2).text()).contains("throw new");
        });
        assertThat(origins(Backtrace.of(late))).singleElement().satisfies(origin -> {
            assertThat(origin.first()).isEqualTo(second);
            assertThat(origin.live()).isTrue();
            assertThat(origin.source().get(2))
                    .isEqualTo(new Origin.SourceLine(7, "        throw new IllegalStateException(\"boom\");", true));
            assertThat(origin.change())
                    .as("the line was there before")
                    .contains(new Origin.Change(first, "jane", "Make it fail"));
        });
    }

    @Test
    void pastedText_isExplainedFromTheStoreAlone() throws Exception {
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        String early = printed(failure());
        commit("joe", "Count to three", faulty(LATER));

        Backtrace backtrace = new TraceReader(mainstay.store(), channel()).explain("log line\n" + early);

        assertThat(origins(backtrace)).singleElement().satisfies(origin -> {
            assertThat(origin.first()).isEqualTo(first);
            assertThat(origin.live()).isFalse();
        });
        assertThat(backtrace.textLines()).startsWith("log line", "java.lang.IllegalStateException: boom");
    }

    @Test
    void whereTwoGenerationsFit_bothAreTold() throws Exception {
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        long second = commit("joe", "Otherwise", faulty(FAULTY.replace("boom", "bang")));
        String text = "\tat faulty.Faulty.call(Faulty.java:6)";

        assertThat(origins(new TraceReader(mainstay.store(), channel()).explain(text)))
                .extracting(Origin::first)
                .containsExactly(second, first);
        assertThat(origins(new TraceReader(mainstay.store(), channel())
                        .explain("\tat faulty.Faulty.call(Faulty.java:66)")))
                .isEmpty();
    }

    @Test
    void exceptionAndItsCallee_tellGenerationsApart() throws Exception {
        String other = FAULTY.replace("int first = 1;", "")
                .replace("throw new IllegalStateException(\"boom\");", "throw new IllegalArgumentException(\"boom\");");
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        long second = commit("joe", "Otherwise", faulty(other));
        TraceReader reader = new TraceReader(mainstay.store(), channel());

        assertThat(origins(reader.explain(
                        "java.lang.IllegalStateException: boom\n\tat faulty.Faulty.call(Faulty.java:6)")))
                .extracting(Origin::first)
                .containsExactly(first);
        assertThat(origins(reader.explain(
                        "Caused by: java.lang.IllegalArgumentException\n\tat faulty.Faulty.call(Faulty.java:6)")))
                .extracting(Origin::first)
                .containsExactly(second);
        assertThat(origins(reader.explain("\tat a.B.c(B.java:1)\n\tat faulty.Faulty.call(Faulty.java:6)")))
                .hasSize(2);
    }

    @Test
    void codeThatFailedAtItsStart_isExplained() throws Exception {
        commit("jane", "Fine", faulty(FAULTY));
        var result = mainstay.commit(Change.by("joe")
                .message("Broken")
                .add(TestJar.bundle("faulty", "1.0.0")
                        .header("Bundle-Activator", "faulty.Activator")
                        .header("Import-Package", "org.osgi.framework")
                        .entry("OSGI-OPT/src/faulty/Faulty.java", LATER)
                        .code(ACTIVATOR.replace("context.reg", "new Faulty().call(); context.reg"), LATER)
                        .checked())
                .build());
        long failed = result.generation().orElseThrow().number();

        assertThat(origins(
                        new TraceReader(mainstay.store(), channel()).explain("\tat faulty.Faulty.call(Faulty.java:7)")))
                .singleElement()
                .satisfies(origin -> {
                    assertThat(origin.first()).isEqualTo(failed);
                    assertThat(origin.live()).isFalse();
                });
    }

    @Test
    void bundleWithoutSource_hasThatWhichIsAttached_alsoAfterGc() throws Exception {
        // content of this test alone: what is attached to one is there for all who have it
        String source = FAULTY.replace("boom", "bare");
        TestJar bare = TestJar.bundle("faulty", "1.0.0")
                .header("Bundle-Activator", "faulty.Activator")
                .header("Import-Package", "org.osgi.framework")
                .code(ACTIVATOR, source);
        commit("jane", "Without source", bare);
        TestJar sources = TestJar.plain().entry("faulty/Faulty.java", source).entry("faulty/Activator.java", ACTIVATOR);
        Throwable failure = failure();
        assertThat(origins(Backtrace.of(failure)).get(0).source()).isEmpty();

        var attached = mainstay.workshop().attach("faulty", ContentSource.of("faulty-sources.jar", sources.bytes()));

        assertThat(attached.files()).isEqualTo(2);
        assertThat(origins(Backtrace.of(failure)).get(0).source())
                .contains(new Origin.SourceLine(6, "        throw new IllegalStateException(\"bare\");", true));
        mainstay.store().collect(1);
        assertThat(origins(new TraceReader(mainstay.store(), channel())
                                .explain("\tat faulty.Faulty.call(Faulty.java:6)"))
                        .get(0)
                        .source())
                .hasSize(5);
        assertThatThrownBy(() -> mainstay.workshop()
                        .attach(
                                "faulty",
                                ContentSource.of(
                                        "other.jar",
                                        TestJar.plain().entry("a/B.java", "").bytes())))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("of 2 classes that name a source file, 0 have theirs in it");
        assertThatThrownBy(() -> mainstay.workshop().attach("faulty", ContentSource.of("no.jar", new byte[] {1, 2})))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageContaining("it is too short for a zip");
    }

    @Test
    void lineThatCameBack_keepsItsFirstAuthor() throws Exception {
        long first = commit("jane", "Make it fail", faulty(FAULTY));
        commit("joe", "Count to three", faulty(LATER));
        commit("jim", "Back", faulty(FAULTY));
        commit("joe", "Again", faulty(LATER));

        assertThat(origins(Backtrace.of(failure())).get(0).change())
                .contains(new Origin.Change(first, "jane", "Make it fail"));
    }

    /** Each version is in this test alone: what others have read would still be in memory. */
    @Test
    void whereGcHasDroppedTheWay_nobodyIsNamed() throws Exception {
        String unique = FAULTY.replace("boom", "of this test");
        commit("jane", "Make it fail", faulty(unique));
        commit("joe", "Two", faulty(unique.replace("first = 1", "first = 2")));
        long last = commit("jim", "Three", faulty(unique.replace("first = 1", "first = 3")));
        Throwable failure = failure();
        mainstay.store().collect(1);

        assertThat(origins(Backtrace.of(failure)))
                .filteredOn(Origin::live)
                .singleElement()
                .satisfies(origin -> {
                    assertThat(origin.first()).isEqualTo(last);
                    assertThat(origin.source()).hasSize(5);
                    assertThat(origin.change())
                            .as("jim has not written the line, and who has is not known any more")
                            .isEmpty();
                });
    }

    @Test
    void codeThatRuns_isKnown_whateverTheStoreHasKept() throws Exception {
        commit("jane", "Make it fail", faulty(FAULTY.replace("boom", "of that test")));
        Throwable early = failure();
        commit("joe", "Otherwise", faulty(FAULTY.replace("boom", "of quite another")));
        mainstay.store().collect(1);

        assertThat(origins(Backtrace.of(early))).anySatisfy(origin -> {
            assertThat(origin.live()).isFalse();
            assertThat(origin.bundle()).isEqualTo("faulty");
        });
    }

    @Test
    void hostileExceptions_areShownAllTheSame() throws Exception {
        commit("jane", "Make it fail", faulty(FAULTY));
        RuntimeException hostile = new RuntimeException() {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("not even a message");
            }
        };
        StackTraceElement[] deep = new StackTraceElement[1_024];
        java.util.Arrays.fill(deep, new StackTraceElement("faulty.Faulty", "call", "Faulty.java", 6));
        StackOverflowError overflow = new StackOverflowError();
        overflow.setStackTrace(deep);

        assertThat(Backtrace.of(hostile).text()).contains("BacktraceTest");
        assertThat(Backtrace.of(null == failure() ? hostile : overflow).lines())
                .filteredOn(line -> line.origins().size() == 1)
                .hasSize(1_024);
        for (String line : List.of(
                "Caused by: ".repeat(5_000),
                "Exception in thread \"\" ".repeat(5_000),
                "\tat " + "a.".repeat(50_000) + "b(C.java:1)",
                "\tat a.b(" + "(".repeat(50_000))) {
            assertThat(new TraceReader(mainstay.store(), channel())
                            .explain(line)
                            .text())
                    .isEqualTo(line + "\n");
        }
    }

    @Test
    void classesOfAllPlacesInAJar_areFound() throws Exception {
        TestJar web = TestJar.bundle("faulty", "1.0.0")
                .header("Bundle-ClassPath", "WEB-INF/classes,/lib/in.jar")
                .codeAt("WEB-INF/classes/", FAULTY)
                .inner("lib/in.jar", TestJar.plain().code(FAULTY.replace("package faulty", "package inside")));
        commit("jane", "As a web bundle", web);
        TraceReader reader = new TraceReader(mainstay.store(), channel());

        assertThat(origins(reader.explain("\tat faulty.Faulty.call(Faulty.java:6)")))
                .hasSize(1);
        assertThat(reader.explain("\tat inside.Faulty.call(Faulty.java:6)")
                        .lines()
                        .get(0)
                        .origins())
                .hasSize(1);

        TestJar multi = TestJar.bundle("many", "1.0.0")
                .header("Multi-Release", "true")
                .code("package many; public class Many { }")
                .codeAt(
                        "META-INF/versions/11/",
                        FAULTY.replace("package faulty", "package many").replace("Faulty", "Many"));
        commit("jane", "For many Javas", multi);
        assertThat(reader.explain("\tat many.Many.call(Many.java:6)")
                        .lines()
                        .get(0)
                        .origins())
                .hasSize(1);
    }

    @Test
    void attachedSource_isThatOfItsContent_andTheLastOneCounts() throws Exception {
        String other = FAULTY.replace("int first = 1;", "int first = 1; // other");
        commit("jane", "One", bare("boom"));
        attach(FAULTY);
        commit("joe", "Two", bare("bang"));
        attach(other);

        assertThat(shown(failure())).containsExactly("        int first = 1; // other");

        attach(other.replace("// other", "// corrected"));
        assertThat(shown(failure())).containsExactly("        int first = 1; // corrected");
    }

    private static TestJar bare(String message) {
        return TestJar.bundle("faulty", "1.0.0")
                .header("Bundle-Activator", "faulty.Activator")
                .header("Import-Package", "org.osgi.framework")
                .code(ACTIVATOR, FAULTY.replace("boom", message));
    }

    private void attach(String source) throws Exception {
        mainstay.workshop()
                .attach(
                        "faulty",
                        ContentSource.of(
                                "sources.jar",
                                TestJar.plain()
                                        .entry("faulty/Faulty.java", source)
                                        .entry("faulty/Activator.java", ACTIVATOR)
                                        .bytes()));
    }

    private static List<String> shown(Throwable failure) {
        return origins(Backtrace.of(failure)).stream()
                .filter(Origin::live)
                .flatMap(origin -> origin.source().stream())
                .filter(line -> line.number() == 5)
                .map(Origin.SourceLine::text)
                .toList();
    }

    @Test
    void frames_areReadFromAllThatJavaWrites() {
        assertThat(Frame.parse("\tat a.B$C.lambda$d$0(B.java:12)")).contains(new Frame("a.B$C", "lambda$d$0", 12));
        assertThat(Frame.parse("    at a.B.<init>(B.java)")).contains(new Frame("a.B", "<init>", 0));
        assertThat(Frame.parse("\tat java.base/java.lang.Thread.run(Thread.java:840)"))
                .contains(new Frame("java.lang.Thread", "run", 840));
        assertThat(Frame.parse("\tat app//a.B.c(B.java:1) ~[b.jar:1.0]")).contains(new Frame("a.B", "c", 1));
        assertThat(Frame.parse("\tat a.B.foo-impl(B.kt:3)")).contains(new Frame("a.B", "foo-impl", 3));
        assertThat(Frame.parse("\tat größe.B.über(B.kt:3)")).contains(new Frame("größe.B", "über", 3));
        assertThat(Frame.parse("\tat a.B.c(Native Method)")).contains(new Frame("a.B", "c", 0));
        assertThat(Frame.parse("Caused by: java.io.IOException: at home")).isEmpty();
        assertThat(Frame.parse("\t... 12 more")).isEmpty();
    }
}
