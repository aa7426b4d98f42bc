package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer does first: start, look, change a line, deploy, look again. */
class HelloWebIT {
    private static final Path BUNDLE = Path.of(System.getProperty("itests.tool"))
            .resolveSibling("bundles/deploy/target/mainstay/first-run/io.mainstay.examples.hello.jar");
    private static final String SERVLET = "io/mainstay/examples/hello/HelloServlet";
    private static final String SOURCE = "OSGI-OPT/src/" + SERVLET + ".java";
    private static final Pattern ADDRESS = Pattern.compile("Web: (http://127\\.0\\.0\\.1:(\\d+)/hello)");

    @Test
    void changedLine_isOnThePage_withoutARestart(@TempDir Path folder) throws Exception {
        Tool tool = new Tool(folder);
        try (NodeProcess node = tool.node()) {
            Matcher printed = ADDRESS.matcher(node.output());
            assertThat(printed.find()).as(node.output()).isTrue();
            assertThat(printed.group(2)).isEqualTo(String.valueOf(node.port()));
            assertThat(Web.page(printed.group(1))).contains("<h1>Hello from a database</h1>");
            long process = node.pid();

            Path changed = change(folder, "\"Hello from a database\"", "\"Hello again\"");
            assertThat(tool.done("deploy", changed.toString()).out())
                    .contains("Generation 2 applied: 1 updated.", "~ io.mainstay.examples.hello");

            assertThat(Web.page(printed.group(1)))
                    .contains("<h1>Hello again</h1>")
                    .doesNotContain("Hello from a database");
            assertThat(node.isAlive()).isTrue();
            assertThat(node.pid()).isEqualTo(process);
        }
    }

    /** Compiles the source that the bundle carries, with one line changed; returns the bundle with both. */
    private static Path change(Path folder, String from, String to) throws IOException {
        try (ZipFile bundle = new ZipFile(BUNDLE.toFile())) {
            String source = new String(bytes(bundle, bundle.getEntry(SOURCE)), StandardCharsets.UTF_8);
            assertThat(source).contains(from);
            byte[] changed = source.replace(from, to).getBytes(StandardCharsets.UTF_8);
            Path file = Files.write(folder.resolve("HelloServlet.java"), changed);
            JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
            int result = compiler.run(
                    null,
                    null,
                    null,
                    "-proc:none",
                    "--release",
                    "17",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-d",
                    folder.toString(),
                    file.toString());
            assertThat(result).as("compiles").isZero();

            Path jar = folder.resolve("changed.jar");
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
                for (ZipEntry entry : bundle.stream().toList()) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    out.write(
                            switch (entry.getName()) {
                                case SOURCE -> changed;
                                case SERVLET + ".class" -> Files.readAllBytes(folder.resolve(SERVLET + ".class"));
                                default -> bytes(bundle, entry);
                            });
                    out.closeEntry();
                }
            }
            return jar;
        }
    }

    private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }
}
