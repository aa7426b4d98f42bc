package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A debugger that is given the pulled source stops where it says, before and after an update. */
class DebuggerIT {
    private static final String HELLO = "io.mainstay.examples.hello";
    private static final String SERVLET = HELLO + ".HelloServlet";

    @TempDir
    private Path folder;

    @Test
    void jdb_showsWhatRuns_beforeAndAfterAnUpdate() throws Exception {
        Tool tool = new Tool(folder);
        int debugged = Work.freePort();
        try (NodeProcess node = tool.with(
                        "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + debugged)
                .node()) {
            tool.with("");
            String address = "http://127.0.0.1:" + node.port() + "/hello";
            Web.page(address);
            tool.done("pull", HELLO);

            assertThat(stopAt(30, debugged, address))
                    .contains("30            response.setContentType(\"text/html;charset=utf-8\");");

            tool.editingBy("sed -i 's|^        response.setContentType|        int lines = 1;\\n&|' \"$1\"")
                    .done("edit", HELLO);
            tool.done("pull");

            assertThat(stopAt(31, debugged, address))
                    .contains("31            response.setContentType(\"text/html;charset=utf-8\");");
            assertThat(Web.page(address)).contains("Hello");
        }
    }

    /** {@return what jdb says from the moment that a page is loaded} */
    private String stopAt(int line, int port, String address) throws Exception {
        Path output = Files.createTempFile(folder, "jdb", ".out");
        Process jdb = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jdb").toString(),
                        "-connect",
                        "com.sun.jdi.SocketAttach:hostname=127.0.0.1,port=" + port,
                        "-sourcepath",
                        folder.resolve("called/source/" + HELLO + "/src/main/java")
                                .toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try (OutputStream in = jdb.getOutputStream()) {
            await(output, "> ");
            say(in, "stop at " + SERVLET + ":" + line);
            await(output, "breakpoint " + SERVLET + ":" + line);
            CompletableFuture<String> page = CompletableFuture.supplyAsync(() -> {
                try {
                    return Web.page(address);
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await(output, "Breakpoint hit");
            await(output, "[1] ");
            say(in, "list");
            await(output, "=>");
            say(in, "clear " + SERVLET + ":" + line);
            await(output, "Removed");
            say(in, "cont");
            assertThat(page.get(30, TimeUnit.SECONDS)).contains("Hello");
            say(in, "exit");
        } finally {
            jdb.destroy();
            jdb.waitFor(20, TimeUnit.SECONDS);
            jdb.destroyForcibly();
        }
        return Files.readString(output);
    }

    private static void say(OutputStream in, String command) throws IOException {
        in.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    private static void await(Path output, String text) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.readString(output).contains(text)) {
            assertThat(System.nanoTime())
                    .as("%s in: %s", text, Files.readString(output))
                    .isLessThan(end);
            Thread.sleep(50);
        }
    }
}
