package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.OvertakenException;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.workshop.Build;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Project;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Source in the store becomes running code. */
class WorkshopTest extends FrameworkTest {
    private static final String WORDS =
            "package words; public class Words { public static String hello() { return \"hello\"; } }";
    private static final String SPEAKER = """
            package speaker;

            public class Speaker implements org.osgi.framework.BundleActivator {
                public void start(org.osgi.framework.BundleContext context) {
                    io.mainstay.framework.fixture.Journal.note(words.Words.hello());
                }

                public void stop(org.osgi.framework.BundleContext context) {}
            }
            """;

    private static TestJar words() {
        return TestJar.bundle("words", "1.0.0")
                .header("Export-Package", "words;version=1.0.0")
                .entry("OSGI-OPT/src/words/Words.java", WORDS)
                .code(WORDS);
    }

    private static TestJar speaker() {
        return TestJar.bundle("speaker", "1.0.0")
                .header(
                        "Import-Package",
                        "org.osgi.framework,words;version=\"[1,2)\"," + Journal.class.getPackageName())
                .header("Bundle-Activator", "speaker.Speaker")
                .entry("OSGI-OPT/src/speaker/Speaker.java", SPEAKER)
                .entry("speaker/motto.txt", "carpe diem")
                .seeing(words())
                .code(SPEAKER);
    }

    private Edit edit(String bundle, String path, String from, String to) {
        Checkout checkout = mainstay.workshop().checkout(bundle);
        String text = checkout.project().text(path).orElseThrow();
        assertThat(text).contains(from);
        return Edit.of(checkout, checkout.project().with(path, bytes(text.replace(from, to))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private DeployResult push(Build build) throws Exception {
        assertThat(build.problems()).isEmpty();
        Change.Builder change = change();
        Workshop.addTo(change, build);
        return mainstay.commit(change.build());
    }

    @Test
    void edit_runs() throws Exception {
        applied(words(), speaker());
        assertThat(Journal.take()).containsExactly("hello");

        Build build = mainstay.workshop()
                .build(List.of(edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"good morning\"")));
        requireApplied(push(build));

        assertThat(Journal.take()).containsExactly("good morning");
        Checkout again = mainstay.workshop().checkout("words");
        assertThat(again.generation()).isEqualTo(mainstay.store().history().headNumber(channel()));
        assertThat(again.project().text("src/main/java/words/Words.java").orElseThrow())
                .contains("good morning");
        assertThat(mainstay.workshop().checkouts())
                .extracting(one -> one.entry().symbolicName())
                .containsExactly("speaker", "words");
    }

    @Test
    void headersAndResources_stay() throws Exception {
        applied(words(), speaker());

        Build build = mainstay.workshop()
                .build(List.of(
                        edit("speaker", "src/main/java/speaker/Speaker.java", "words.Words.hello()", "\"bye\"")));

        var headers = build.results().get(0).bundle().orElseThrow().content().headers();
        assertThat(headers)
                .containsEntry("Bundle-SymbolicName", "speaker")
                .containsEntry("Bundle-Version", "1.0.0")
                .containsEntry("Bundle-Activator", "speaker.Speaker");
        assertThat(headers.get("Import-Package")).contains("org.osgi.framework", "words;version=\"[1,2)\"");
        assertThat(build.results().get(0).edit().project().files()).containsKey("src/main/resources/speaker/motto.txt");
        requireApplied(push(build));
        assertThat(mainstay.workshop().checkout("speaker").project().text("src/main/resources/speaker/motto.txt"))
                .contains("carpe diem");
        assertThat(Journal.take()).containsExactly("hello", "bye");
    }

    @Test
    void fragment_isCompiledAgainstAllOfItsHost() throws Exception {
        String secret =
                "package words.secret; class Secret { static String of(String word) { return '<' + word + '>'; } }";
        String host = """
                package words;

                public class Host implements org.osgi.framework.BundleActivator {
                    public void start(org.osgi.framework.BundleContext context) throws Exception {
                        io.mainstay.framework.fixture.Journal.note(
                                Class.forName("words.secret.Extra").getMethod("word").invoke(null).toString());
                    }

                    public void stop(org.osgi.framework.BundleContext context) {}
                }
                """;
        String extra =
                "package words.secret; public class Extra { public static String word() { return Secret.of(\"hello\"); } }";
        TestJar hosting = TestJar.bundle("words", "1.0.0")
                .header("Import-Package", "org.osgi.framework," + Journal.class.getPackageName())
                .header("Bundle-Activator", "words.Host")
                .code(
                        host,
                        secret,
                        "package words.inner; public class Inner { public static String WORD = \"inner\"; }");
        applied(
                hosting,
                TestJar.bundle("words.extra", "1.0.0")
                        .header("Fragment-Host", "words;bundle-version=\"[1,2)\"")
                        .entry("OSGI-OPT/src/words/secret/Extra.java", extra)
                        .seeing(hosting)
                        .code(extra));
        assertThat(Journal.take()).containsExactly("<hello>");

        Build build = mainstay.workshop()
                .build(List.of(edit("words.extra", "src/main/java/words/secret/Extra.java", "hello", "bye")));
        requireApplied(push(build));

        assertThat(Journal.take()).containsExactly("<bye>");
        var headers = build.results().get(0).bundle().orElseThrow().content().headers();
        assertThat(headers).containsEntry("Fragment-Host", "words;bundle-version=\"[1,2)\"");
        assertThat(headers.getOrDefault("Import-Package", ""))
                .as("a fragment is in its host, and imports nothing from it")
                .doesNotContain("words");

        String more =
                "package words.more; public class More { public static String word() { return words.inner.Inner.WORD; } }";
        Project project = Project.of(new TreeMap<>())
                .with(
                        "bnd.bnd",
                        bytes("Bundle-SymbolicName: words.more\nFragment-Host: words\nBundle-Version: 1.0.0\n"))
                .with(
                        "src/main/java/words/secret/More.java",
                        bytes("package words.secret; class More { String word = Secret.of(\"\"); }"))
                .with("src/main/java/words/more/More.java", bytes(more));
        Build fresh = mainstay.workshop().build(List.of(Edit.fresh(project)));
        assertThat(fresh.problems()).isEmpty();
        assertThat(fresh.results()
                        .get(0)
                        .bundle()
                        .orElseThrow()
                        .content()
                        .headers()
                        .getOrDefault("Import-Package", ""))
                .doesNotContain("words");
    }

    /** A package whose parts are in several bundles is seen whole by who requires these, or who passes them on. */
    @Test
    void splitPackage_isCompiledAgainstAsAWhole() throws Exception {
        TestJar one = TestJar.bundle("one", "1.0.0")
                .header("Export-Package", "parts")
                .code("package parts; public class One { public static String say() { return \"one\"; } }");
        TestJar two = TestJar.bundle("two", "1.0.0")
                .header("Export-Package", "parts")
                .code("package parts; public class Two { public static String say() { return \"two\"; } }");
        TestJar passing = TestJar.bundle("passing", "1.0.0").header("Require-Bundle", "two;visibility:=reexport");
        String joined = "package joining; public class Joining implements org.osgi.framework.BundleActivator {"
                + " public void start(org.osgi.framework.BundleContext context) {"
                + " io.mainstay.framework.fixture.Journal.note(parts.One.say() + \" and \" + parts.Two.say()); }"
                + " public void stop(org.osgi.framework.BundleContext context) { } }";
        applied(
                one,
                two,
                passing,
                TestJar.bundle("joining", "1.0.0")
                        .header("Require-Bundle", "one,passing")
                        .header("Import-Package", "org.osgi.framework," + Journal.class.getPackageName())
                        .header("Bundle-Activator", "joining.Joining")
                        .entry("OSGI-OPT/src/joining/Joining.java", joined)
                        .seeing(one, two)
                        .code(joined));
        assertThat(Journal.take()).containsExactly("one and two");

        requireApplied(push(mainstay.workshop()
                .build(List.of(edit("joining", "src/main/java/joining/Joining.java", " and ", " or ")))));

        assertThat(Journal.take()).containsExactly("one or two");
    }

    @Test
    void error_saysWhere_andChangesNothing() throws Exception {
        applied(words(), speaker());
        long head = mainstay.store().history().headNumber(channel());

        Build build = mainstay.workshop()
                .build(List.of(edit("speaker", "src/main/java/speaker/Speaker.java", "hello()", "helo()")));

        assertThat(build.failed()).isTrue();
        assertThat(build.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.error()).isTrue();
            assertThat(problem.file()).isEqualTo("src/main/java/speaker/Speaker.java");
            assertThat(problem.row()).isEqualTo(5);
            assertThat(problem.text()).isEqualTo("""
                            src/main/java/speaker/Speaker.java:5:63: error: cannot find symbol
                                        io.mainstay.framework.fixture.Journal.note(words.Words.helo());
                                                                                              ^
                              symbol:   method helo()
                              location: class words.Words""");
        });
        Change.Builder change = change();
        assertThatThrownBy(() -> Workshop.addTo(change, build)).isInstanceOf(IllegalArgumentException.class);
        assertThat(mainstay.store().history().headNumber(channel())).isEqualTo(head);
        assertThat(mainstay.workshop()
                        .build(List.of(edit("speaker", "src/main/java/speaker/Speaker.java", "hello()", "hello( )")))
                        .failed())
                .as("the next compilation knows nothing of it")
                .isFalse();
    }

    @Test
    void twoBundles_ofWhichOneUsesWhatTheOtherNewlyHas_areBuiltInOrder() throws Exception {
        applied(words(), speaker());
        Edit user = edit("speaker", "src/main/java/speaker/Speaker.java", "hello()", "bye()");
        Edit provider = edit(
                "words",
                "src/main/java/words/Words.java",
                "return \"hello\"; }",
                "return \"hi\"; } public static String bye() { return \"bye\"; }");

        requireApplied(push(mainstay.workshop().build(List.of(user, provider))));

        assertThat(Journal.take()).containsExactly("hello", "bye");
    }

    @Test
    void newImport_isWired() throws Exception {
        applied(words(), speaker(), TestJar.bundle("unused", "1.0.0"));
        Checkout unused = mainstay.workshop().checkout("words");
        String caller = "package words; public class Caller { Object c = " + Journal.class.getName() + ".take(); }";

        Build build = mainstay.workshop()
                .build(List.of(
                        Edit.of(unused, unused.project().with("src/main/java/words/Caller.java", bytes(caller)))));

        assertThat(build.problems()).isEmpty();
        assertThat(build.results()
                        .get(0)
                        .bundle()
                        .orElseThrow()
                        .content()
                        .headers()
                        .get("Import-Package"))
                .contains(Journal.class.getPackageName() + ";version=\"[1.0,2)\"");
    }

    @Test
    void whatSomebodyElseChanged_isNotOverwritten() throws Exception {
        applied(words(), speaker());
        Build mine = mainstay.workshop()
                .build(List.of(edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"mine\"")));
        Build theirs = mainstay.workshop()
                .build(List.of(edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"theirs\"")));
        requireApplied(push(theirs));

        assertThatThrownBy(() -> push(mine)).isInstanceOfSatisfying(OvertakenException.class, conflict -> {
            assertThat(conflict.location()).isEqualTo("mainstay:words");
            assertThat(conflict.found())
                    .contains(theirs.results()
                            .get(0)
                            .bundle()
                            .orElseThrow()
                            .content()
                            .digest());
        });
        assertThat(Journal.take()).containsExactly("hello", "theirs");
    }

    @Test
    void whatIsThereAlready_isNoConflict() throws Exception {
        applied(words(), speaker());
        Build build = mainstay.workshop()
                .build(List.of(edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"once\"")));
        requireApplied(push(build));

        assertThat(push(build).outcome()).isEqualTo(DeployResult.Result.UNCHANGED);
    }

    @Test
    void sameSource_givesTheSameBytes() throws Exception {
        applied(words(), speaker());
        Edit edit = edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"good day\"");
        Build once = mainstay.workshop().build(List.of(edit));
        requireApplied(push(once));

        Edit back = edit("words", "src/main/java/words/Words.java", "\"good day\"", "\"hello\"");
        requireApplied(push(mainstay.workshop().build(List.of(back))));
        Edit again = edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"good day\"");

        assertThat(mainstay.workshop()
                        .build(List.of(again))
                        .results()
                        .get(0)
                        .bundle()
                        .orElseThrow()
                        .content()
                        .digest())
                .isEqualTo(
                        once.results().get(0).bundle().orElseThrow().content().digest());
    }

    /** What is compiled alone has to come out as if all had been compiled. */
    @Test
    void changeOfOneFile_isSeenByOthers_whateverItIs() throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>();
        files.put("bnd.bnd", bytes("Bundle-SymbolicName: fresh\nBundle-Activator: p.A\n"));
        files.put("src/main/java/p/A.java", bytes("""
                package p;
                public class A implements org.osgi.framework.BundleActivator {
                    public void start(org.osgi.framework.BundleContext context) {
                        io.mainstay.framework.fixture.Journal.note(B.CONSTANT + B.say());
                    }
                    public void stop(org.osgi.framework.BundleContext context) {}
                }
                """));
        files.put("src/main/java/p/B.java", bytes("""
                package p;
                class B {
                    static final String CONSTANT = "one";
                    static Object say() { return helper(); }
                    private static String helper() { return " 1"; }
                }
                """));
        requireApplied(push(mainstay.workshop().build(List.of(Edit.fresh(Project.of(files))))));
        String b = "src/main/java/p/B.java";

        requireApplied(push(mainstay.workshop().build(List.of(edit("fresh", b, "\" 1\"", "\" 2\"")))));
        requireApplied(push(mainstay.workshop().build(List.of(edit("fresh", b, "\"one\"", "\"two\"")))));
        requireApplied(push(mainstay.workshop().build(List.of(edit("fresh", b, "Object say", "String say")))));
        Build broken = mainstay.workshop().build(List.of(edit("fresh", b, "say()", "tell()")));

        assertThat(Journal.take()).containsExactly("one 1", "one 2", "two 2", "two 2");
        assertThat(broken.problems())
                .as("who uses it is compiled, too")
                .extracting(problem -> problem.file() + ":" + problem.row())
                .containsExactly("src/main/java/p/A.java:4");
    }

    @Test
    void newBundle_isMadeOfAProjectAlone() throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>();
        files.put("src/main/java/speaker/Speaker.java", bytes(SPEAKER.replace("words.Words.hello()", "\"new\"")));
        files.put(
                "bnd.bnd",
                bytes("Bundle-SymbolicName: fresh\nBundle-Version: 2.1\nBundle-Activator: speaker.Speaker\n"));

        requireApplied(push(mainstay.workshop().build(List.of(Edit.fresh(Project.of(files))))));

        assertThat(Journal.take()).containsExactly("new");
        assertThat(mainstay.workshop().checkout("fresh").entry().version()).hasToString("2.1.0");
    }

    private static final String TEST = """
            package words;

            import static org.junit.jupiter.api.Assertions.assertEquals;

            class WordsTest {
                @org.junit.jupiter.api.Test
                void saysHello() {
                    assertEquals("hello", Words.hello());
                }

                @org.junit.jupiter.api.Test
                void usesWhatTheBundleUses() {
                    assertEquals(0, io.mainstay.framework.fixture.Journal.take().size() * 0);
                }

                @org.junit.jupiter.api.Disabled
                @org.junit.jupiter.api.Test
                void isNotReady() {}
            }
            """;

    @Test
    void tests_runWhereTheyLie_onWhatWasBuilt() throws Exception {
        applied(words().entry("OSGI-OPT/test/words/WordsTest.java", TEST), speaker());
        Checkout checkout = mainstay.workshop().checkout("words");

        assertThat(mainstay.workshop().test(checkout)).satisfies(report -> {
            assertThat(report.problems()).isEmpty();
            assertThat(report.failed()).isFalse();
            assertThat(report.run()).isEqualTo(2);
            assertThat(report.skipped()).isEqualTo(1);
        });
        Build build = mainstay.workshop()
                .build(List.of(edit("words", "src/main/java/words/Words.java", "\"hello\"", "\"good morning\"")));
        assertThat(mainstay.workshop().test(build)).singleElement().satisfies(report -> {
            assertThat(report.failed()).isTrue();
            assertThat(report.failures()).singleElement().satisfies(failure -> {
                assertThat(failure.test()).isEqualTo("words.WordsTest.saysHello");
                assertThat(failure.message()).contains("expected: <hello> but was: <good morning>");
                assertThat(failure.trace()).contains("words.WordsTest.saysHello(WordsTest.java:8)");
            });
        });
        Build broken = mainstay.workshop()
                .build(List.of(edit("words", "src/test/java/words/WordsTest.java", "Words.hello", "Words.bye")));
        assertThat(mainstay.workshop().test(broken)).singleElement().satisfies(report -> {
            assertThat(report.failed()).isTrue();
            assertThat(report.problems().get(0).file()).isEqualTo("src/test/java/words/WordsTest.java");
        });
        assertThatThrownBy(() -> mainstay.workshop().test(mainstay.workshop().checkout("speaker")))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("has no tests");
    }

    @Test
    void annotationProcessorAndRelease_work() throws Exception {
        applied(words());
        TestJar processor = TestJar.plain()
                .entry("META-INF/services/javax.annotation.processing.Processor", "maker.Maker")
                .code("""
                        package maker;
                        import java.util.Set;
                        import javax.annotation.processing.*;
                        import javax.lang.model.element.TypeElement;
                        @SupportedAnnotationTypes("*")
                        public class Maker extends AbstractProcessor {
                            private boolean done;
                            public javax.lang.model.SourceVersion getSupportedSourceVersion() {
                                return javax.lang.model.SourceVersion.latest();
                            }
                            public boolean process(Set<? extends TypeElement> types, RoundEnvironment round) {
                                if (!done) {
                                    done = true;
                                    try (java.io.Writer out =
                                            processingEnv.getFiler().createSourceFile("words.Made").openWriter()) {
                                        out.write("package words; public class Made { public static final String S = String.valueOf(12); }");
                                    } catch (java.io.IOException e) {
                                        throw new java.io.UncheckedIOException(e);
                                    }
                                }
                                return false;
                            }
                        }
                        """);
        Checkout checkout = mainstay.workshop().checkout("words");
        Project project = checkout.project()
                .with("lib/maker.jar", processor.bytes())
                .with(
                        "bnd.bnd",
                        bytes("Bundle-SymbolicName: words\n-exportcontents: words;version=1.0.0\njavac.release: 17\n"))
                .with("src/main/java/words/Words.java", bytes(WORDS.replace("\"hello\"", "Made.S")));

        Build build = mainstay.workshop().build(List.of(Edit.of(checkout, project)));

        requireApplied(push(build));
        Class<?> words = java.util.Arrays.stream(mainstay.context().getBundles())
                .filter(bundle -> "words".equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow()
                .loadClass("words.Words");
        assertThat(words.getMethod("hello").invoke(null)).isEqualTo("12");
        Project tooNew = project.with("bnd.bnd", bytes("Bundle-SymbolicName: words\njavac.release: 99\n"));
        assertThat(mainstay.workshop()
                        .build(List.of(Edit.of(checkout, tooNew)))
                        .problems()
                        .get(0)
                        .message())
                .contains("99");
    }

    @Test
    void bundleWithoutSource_saysSo() throws Exception {
        applied(Journal.bundle("plain", "1.0.0"));

        assertThatThrownBy(() -> mainstay.workshop().checkout("plain"))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("carries no source");
        assertThatThrownBy(() -> mainstay.workshop().checkout("nobody"))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessageContaining("There is no bundle nobody in generation ");
    }
}
