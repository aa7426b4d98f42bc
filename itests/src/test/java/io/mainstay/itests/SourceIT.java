package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Source edited where it lives, by the tool, on a node of its own process; somebody loads its page all the while, and must
 * never notice more than that it changes.
 */
class SourceIT {
    private static final String HELLO = "io.mainstay.examples.hello";
    private static final String SERVLET = "src/main/java/io/mainstay/examples/hello/HelloServlet.java";
    /** In milliseconds. */
    private static final long VISITOR_RESTS = 5;

    @TempDir
    private Path folder;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private Tool tool;
    private NodeProcess node;
    private Thread visitor;

    @BeforeEach
    void begin() throws Exception {
        tool = new Tool(folder);
        node = tool.node();
        visitor = new Thread(this::visit, "visitor");
        visitor.start();
    }

    @AfterEach
    void end() throws Exception {
        ended.set(true);
        visitor.join();
        node.close();
        assertThat(failures).isEmpty();
    }

    private void visit() {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address("hello"))).build();
        while (!ended.get()) {
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200 || !answer.body().contains("<h1>")) {
                    failures.add(answer.statusCode() + ": " + answer.body());
                }
                Thread.sleep(VISITOR_RESTS); // an update without us is longer, and the processors are wanted elsewhere
            } catch (IOException | InterruptedException e) {
                failures.add(e.toString());
            }
        }
    }

    private String address(String page) {
        return "http://127.0.0.1:" + node.port() + "/" + page;
    }

    private String page() throws Exception {
        return Web.page(address("hello"));
    }

    private static String replacing(String from, String to) {
        return "sed -i 's|" + from + "|" + to + "|' \"$1\"";
    }

    @Test
    void edit_goesLive_andWhatIsBrokenStaysADraft() throws Exception {
        tool.editingBy(replacing("Hello from a database", "Hello from an editor"));
        assertThat(tool.done("edit", HELLO, "-m", "A greeting").out())
                .startsWith("Generation 2 applied: 1 updated.")
                .doesNotContain("warning");
        assertThat(page()).contains("<h1>Hello from an editor</h1>");

        Tool.Result broken = tool.editingBy(replacing("this.context = context;", "this.context = contextt;"))
                .run("edit", HELLO, "HelloServlet")
                .exits(1);

        assertThat(broken.err())
                .startsWith(SERVLET + ":25:24: error: cannot find symbol\n"
                        + "            this.context = contextt;\n"
                        + "                           ^\n")
                .contains("1 error; nothing has changed, the last good version is live.")
                .contains("What you wrote is kept as a draft");
        assertThat(page()).contains("<h1>Hello from an editor</h1>");
        assertThat(tool.done("drafts").out()).contains(HELLO, SERVLET);
        assertThat(tool.done("status").out()).contains("generation 2");

        tool.editingBy(replacing("contextt;", "context;") + "\n" + replacing("Hello from an editor", "Hello again"))
                .done("edit", HELLO);

        assertThat(page()).contains("<h1>Hello again</h1>");
        assertThat(tool.done("drafts").out()).isEqualTo("There are no drafts.\n");
        assertThat(tool.editingBy("true").done("edit", HELLO).out()).isEqualTo("Nothing has changed.\n");
        tool.editingBy(replacing("Hello again", "Hello, draft")).done("edit", HELLO, "--draft");
        tool.editingBy(replacing("Hello again", "Hello, joe")).done("edit", HELLO, "--author", "joe");
        tool.editingBy("cp \"$1\" " + folder.resolve("seen") + "; true").done("edit", HELLO);
        assertThat(folder.resolve("seen"))
                .content()
                .as("who goes on with a draft sees what has changed since")
                .startsWith("//theirs| Others have changed this file since.")
                .contains("//theirs| +    private static final String GREETING = \"Hello, joe\";")
                .contains("\n    private static final String GREETING = \"Hello, draft\";");
        assertThat(page()).contains("<h1>Hello, draft</h1>");
        assertThat(tool.editingBy("exit 3").run("edit", HELLO).exits(1).err()).contains("ended with code 3");
    }

    /** The whole of README's tour, before the eyes of somebody who keeps loading the page. */
    @Test
    void browser_seesChanges_andNothingElse() throws Exception {
        assumeTrue(Browser.program().isPresent(), "there is no Chromium");
        List<String> seen = new ArrayList<>();
        try (Browser browser = Browser.start(folder)) {
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Integer> watching = CompletableFuture.supplyAsync(() -> look(browser, enough, seen));

            tool.editingBy(replacing("Hello from a database", "Hello, browser")).done("edit", HELLO);
            tool.editingBy(replacing("this.context = context;", "this.context = contextt;"))
                    .run("edit", HELLO)
                    .exits(1);
            tool.done("drafts", "--drop", HELLO);
            tool.editingBy(
                            "sed -i 's|^        response.setContentType|        if (request.getParameter(\"x\") != null) {\\n"
                                    + "            throw new IllegalStateException(\"No x\");\\n        }\\n&|; s|Hello, browser|Hello,"
                                    + " exception|' \"$1\"")
                    .done("edit", HELLO);
            assertThat(Web.status(address("hello?x=1"))).isEqualTo(500);
            tool.done("rollback");
            awaitPage("Hello, browser");

            enough.set(true);
            assertThat(watching.get()).as("pages loaded").isGreaterThan(20);
            assertThat(browser.load(address("hello?last")).heading()).isEqualTo("Hello, browser");
            assertThat(browser.load(address("nobody")).status())
                    .as("it would have noticed")
                    .isEqualTo(404);
        }
        assertThat(seen)
                .containsExactly("Hello from a database", "Hello, browser", "Hello, exception", "Hello, browser");
    }

    /** {@return how often it has looked} */
    private int look(Browser browser, AtomicBoolean enough, List<String> seen) {
        for (int count = 1; ; count++) {
            try {
                Browser.Page page = browser.load(address("hello?" + count));
                if (page.status() != 200) {
                    failures.add("browser: " + page);
                }
                if (seen.isEmpty() || !seen.get(seen.size() - 1).equals(page.heading())) {
                    seen.add(page.heading());
                }
                Thread.sleep(VISITOR_RESTS); // as above
            } catch (AssertionError | InterruptedException e) {
                failures.add("browser: " + e);
            }
            if (enough.get()) {
                return count;
            }
        }
    }

    /** By whatever way: what is printed, and what a logger of the bundle's own writes there, is in the log as well. */
    @Test
    void whatBundlesPrint_isInTheLog() throws Exception {
        tool.editingBy(
                        "sed -i 's|^        response.setContentType|        if (request.getParameter(\"x\") != null) {\\n"
                                + "            new IllegalStateException(\"Printed only\").printStackTrace();\\n        }\\n&|' \"$1\"")
                .done("edit", HELLO);
        assertThat(Web.status(address("hello?x=1"))).isEqualTo(200);

        assertThat(node.output())
                .as("and where it was before")
                .contains("java.lang.IllegalStateException: Printed only");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!tool.done("trace").out().contains("java.lang.IllegalStateException: Printed only")) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
        assertThat(tool.done("trace", "1").out())
                .startsWith("java.lang.IllegalStateException: Printed only\n"
                        + "\tat io.mainstay.examples.hello.HelloServlet.doGet(HelloServlet.java:31)\n"
                        + "\t    io.mainstay.examples.hello 0.1.0.SNAPSHOT, generation 2, live;");
    }

    /** What is only proposed may fail yet; what the store cannot take is in a file; what an editor has emptied is no wish. */
    @Test
    void whatWasTyped_isNeverLost() throws Exception {
        tool.editingBy(replacing("Hello from a database", "Hello, maybe")).done("edit", HELLO, "--no-wait");
        assertThat(tool.done("drafts").out()).contains(SERVLET);
        awaitPage("Hello, maybe");
        assertThat(tool.editingBy("true").done("edit", HELLO).out()).startsWith("Nothing to do");
        assertThat(tool.done("drafts").out()).isEqualTo("There are no drafts.\n");

        tool.done("pull", HELLO);
        Path servlet = tool.called().resolve("source").resolve(HELLO).resolve(SERVLET);
        Files.writeString(servlet, Files.readString(servlet).replace("Hello, maybe", "Hello, pushed"));
        tool.done("push", "--no-wait");
        awaitPage("Hello, pushed");
        assertThat(tool.done("push").out()).startsWith("Nothing to do");
        assertThat(tool.done("push").out()).startsWith("Nothing to push");

        assertThat(tool.editingBy(": > \"$1\"").run("edit", HELLO).exits(1).err())
                .startsWith(SERVLET + " came out of the editor empty; nothing has changed.");
        assertThat(page()).contains("Hello, pushed");

        ended.set(true);
        visitor.join();
        Tool.Result lost = tool.editingBy(replacing("Hello, pushed", "Hello, lost") + "\nkill -9 " + node.pid())
                .run("edit", HELLO)
                .exits(3);
        Path kept = Path.of(lost.err().lines().findFirst().orElseThrow().replaceFirst(".* it is in ", ""));
        assertThat(kept).content().contains("Hello, lost");
    }

    private void awaitPage(String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!page().contains(text)) {
            assertThat(System.nanoTime()).as(text).isLessThan(end);
            Thread.sleep(50); // nobody waits for the node, so nobody is told
        }
    }

    @Test
    void exception_isTracedToItsLine_andGoesWithARollback() throws Exception {
        tool.editingBy(
                        "sed -i 's|^        response.setContentType|        if (request.getParameter(\"x\") != null) {\\n"
                                + "            throw new IllegalStateException(\"No x, please\");\\n        }\\n&|' \"$1\"")
                .done("edit", HELLO, "-m", "No x", "--author", "jane");
        assertThat(Web.status(address("hello?x=1"))).isEqualTo(500);

        assertThat(tool.done("trace").out()).contains("java.lang.IllegalStateException: No x, please");
        String trace = tool.done("trace", "1").out();
        assertThat(trace)
                .startsWith("java.lang.IllegalStateException: No x, please\n"
                        + "\tat io.mainstay.examples.hello.HelloServlet.doGet(HelloServlet.java:31)\n"
                        + "\t    io.mainstay.examples.hello 0.1.0.SNAPSHOT, generation 2, live;"
                        + " line of generation 2 by jane: No x\n")
                .contains("\t    > 31 |             throw new IllegalStateException(\"No x, please\");\n");

        tool.done("rollback");
        assertThat(Web.status(address("hello?x=1"))).isEqualTo(200);
        assertThat(tool.done("trace", "1").out()).contains("generation 2, replaced; line of generation 2 by jane");
        assertThat(tool.done("show", "2", "io.mainstay.examples.hello.HelloServlet:31")
                        .out())
                .contains("> 31 |             throw new IllegalStateException");
        assertThat(tool.run("show", "1", "io.mainstay.examples.Nobody").exits(1).err())
                .contains("Generation 1 has no source of class io.mainstay.examples.Nobody");
    }

    @Test
    void pulledSource_compilesAnywhere_andAConflictShowsBoth() throws Exception {
        tool.done("pull", HELLO);
        Path source = tool.called().resolve("source");
        Path servlet = source.resolve(HELLO).resolve(SERVLET);
        assertThat(compiles(servlet, source)).isTrue();

        tool.editingBy(replacing("Hello from a database", "Hello from joe")).done("edit", HELLO, "--author", "joe");
        Files.writeString(servlet, Files.readString(servlet).replace("Hello from a database", "Hello from jane"));
        Tool.Result conflict = tool.run("push").exits(1);

        assertThat(conflict.err())
                .startsWith("Conflict: " + HELLO + " was changed by joe in generation 2 (Edit " + HELLO
                        + ": HelloServlet.java); yours is made from generation 1. Nothing has changed.\n")
                .contains("+    private static final String GREETING = \"Hello from joe\";")
                .contains("+    private static final String GREETING = \"Hello from jane\";");
        assertThat(page()).contains("Hello from joe");
        JsonObject json = tool.run("push", "--json").exits(1).json();
        assertThat(json.get("outcome").getAsString()).isEqualTo("conflict");

        assertThat(tool.run("pull").exits(1).err()).contains("Both have changed " + HELLO + "/" + SERVLET);
        Path theirs = servlet.resolveSibling("HelloServlet.java.theirs");
        assertThat(theirs).content().contains("Hello from joe");
        assertThat(servlet).content().contains("Hello from jane");
        assertThat(tool.run("push").exits(1).err())
                .startsWith("Others have changed what you have changed, too: merge ");
        Files.delete(theirs);
        assertThat(tool.done("push", "-m", "Jane's").out()).startsWith("Generation 3 applied");
        assertThat(page()).contains("Hello from jane");
        assertThat(tool.done("push").out()).contains("Nothing to push");
    }

    /** With what lies beside it, and nothing else. */
    private boolean compiles(Path file, Path source) throws IOException {
        List<String> jars;
        try (Stream<Path> all = Files.walk(source)) {
            jars = all.map(Path::toString).filter(path -> path.endsWith(".jar")).toList();
        }
        return ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-d",
                                Files.createDirectory(folder.resolve("classes")).toString(),
                                "-cp",
                                String.join(java.io.File.pathSeparator, jars),
                                file.toString())
                == 0;
    }

    @Test
    void newBundle_isWatched_andTested() throws Exception {
        assertThat(tool.run("new", "Com.Acme").exits(2).err()).contains("is no package's name");
        assertThat(tool.done("new", "com.acme.clock", "--template", "servlet").out())
                .startsWith("Generation 2 applied: 1 added.");
        assertThat(Web.page(address("com.acme.clock"))).contains("Hello from com.acme.clock");
        tool.done("pull", "com.acme.clock");
        Path home = tool.called().resolve("source").resolve("com.acme.clock");
        Path page = home.resolve("src/main/java/com/acme/clock/Page.java");

        Path output = folder.resolve("watch.out");
        Process watch = tool.started(output, "watch");
        try {
            await(output, "Watching");
            Files.writeString(page, Files.readString(page).replace("Hello from", "Watched at"));
            await(output, "ms after the save");
            assertThat(Web.page(address("com.acme.clock"))).contains("Watched at com.acme.clock");
            Files.writeString(page, Files.readString(page).replace("response)", "respnse)"));
            await(output, "nothing has changed");
            assertThat(Web.page(address("com.acme.clock"))).contains("Watched at com.acme.clock");
            Files.writeString(
                    page,
                    Files.readString(page).replace("respnse)", "response)").replace("Watched", "Seen"));
            await(output, "Generation 4 applied");
            assertThat(Web.page(address("com.acme.clock"))).contains("Seen at com.acme.clock");
        } finally {
            watch.descendants().forEach(ProcessHandle::destroy);
            watch.destroy();
            assertThat(watch.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }

        Path test = home.resolve("src/test/java/com/acme/clock/PageTest.java");
        Files.createDirectories(test.getParent());
        Files.writeString(
                test,
                "package com.acme.clock;\nclass PageTest {\n    @org.junit.jupiter.api.Test\n    void fails() {\n"
                        + "        org.junit.jupiter.api.Assertions.fail(\"not yet\");\n    }\n}\n");
        Tool.Result refused = tool.run("push", "--test").exits(1);
        assertThat(refused.err())
                .contains(
                        "FAILED com.acme.clock.PageTest.fails: not yet", "1 test run, 1 failed", "nothing has changed");
        Files.writeString(
                test,
                Files.readString(test).replace("Assertions.fail(\"not yet\")", "Assertions.assertNotNull(new Page())"));
        tool.done("push", "--test");
        assertThat(tool.done("test", "com.acme.clock").out()).contains("com.acme.clock 1.0.0: 1 test run, 0 failed");
    }

    private static void await(Path output, String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.readString(output).contains(text)) {
            assertThat(System.nanoTime())
                    .as("%s in: %s", text, Files.readString(output))
                    .isLessThan(end);
            Thread.sleep(50);
        }
    }
}
