package io.mainstay.source;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles source in memory, with the compiler of the running JDK ({@code javax.tools}, JSR 199). Nothing is read from or
 * written to a file, and no compilation knows of another. Thread-safe.
 */
public final class SourceCompiler {
    /** What is worth a warning, in words that the compilers of all Javas from 17 know. */
    private static final String LINT =
            "-Xlint:cast,deprecation,divzero,empty,fallthrough,finally,overrides,rawtypes,removal,static,unchecked,varargs";

    private static final int FULL_PROCESSING_SINCE = 21;

    /** The oldest one that the compilers of all Javas from 17 know. */
    private static final int OLDEST_RELEASE = 8;

    private SourceCompiler() {}

    /**
     * What came of it.
     *
     * @param classes class files and what annotation processors have written, by their paths; empty if there are errors
     * @param problems errors, then warnings
     */
    public record Result(SortedMap<String, byte[]> classes, List<Problem> problems) {
        /** Whether there are errors. */
        public boolean failed() {
            return problems.stream().anyMatch(Problem::error);
        }
    }

    /**
     * Compiles the sources below one folder of a project.
     *
     * @param folder {@link Project#SOURCES} or {@link Project#TESTS}
     * @param own classes of the bundle itself that no source is there for, by their paths
     * @param release the Java release to compile for; no newer than the running one
     * @throws UnsupportedOperationException if this Java has no compiler
     */
    public static Result compile(
            Project project, String folder, SortedMap<String, byte[]> own, ClassPath classPath, int release) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new UnsupportedOperationException("This Java has no compiler: run Mainstay with a JDK, not a JRE");
        }
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager platform =
                        compiler.getStandardFileManager(found, Locale.ENGLISH, StandardCharsets.UTF_8);
                MemoryFiles files = new MemoryFiles(platform, own, classPath, Libraries.of(project))) {
            List<JavaFileObject> sources = new ArrayList<>();
            List<Problem> problems = new ArrayList<>();
            project.below(folder).forEach((path, bytes) -> {
                if (isCompiled(path)) {
                    SourceText text = SourceText.of(bytes);
                    sources.add(new MemoryFiles.Source(path, text.text()));
                    if (!text.utf8()) {
                        problems.add(new Problem(false, path, 0, 0, "it is not UTF-8, and was read as ISO 8859-1", ""));
                    }
                }
            });
            boolean done = sources.isEmpty()
                    || compiler.getTask(said, files, found, options(files, release), null, sources)
                            .call();
            problems.addAll(0, problems(found.getDiagnostics()));
            if (!done && problems.stream().noneMatch(Problem::error)) {
                String last = said.toString().lines().limit(2).collect(Collectors.joining(" "));
                problems.add(0, new Problem(true, "", 0, 0, "the compiler gave up: " + last, ""));
            }
            return new Result(done ? files.written() : new TreeMap<>(), problems);
        } catch (IOException e) {
            throw new UncheckedIOException("Closing files in memory failed", e);
        } catch (RuntimeException e) {
            // the compiler itself, or an annotation processor
            Throwable root = e.getCause() == null ? e : e.getCause();
            return new Result(
                    new TreeMap<>(), List.of(new Problem(true, "", 0, 0, "the compiler failed: " + root, "")));
        }
    }

    /** Whether a file of a project is given to the compiler. */
    static boolean isCompiled(String path) {
        return path.endsWith(".java") && !path.endsWith("/module-info.java");
    }

    private static List<String> options(MemoryFiles files, int release) {
        List<String> options = new ArrayList<>(List.of("-g", LINT, "-Xmaxerrs", "1000", "-Xmaxwarns", "1000"));
        options.add("--release");
        options.add(String.valueOf(release));
        if (!files.hasProcessors()) {
            options.add("-proc:none");
        } else if (Runtime.version().feature() >= FULL_PROCESSING_SINCE) {
            options.add("-proc:full");
        }
        return options;
    }

    private static List<Problem> problems(List<Diagnostic<? extends JavaFileObject>> found) {
        List<Problem> errors = new ArrayList<>();
        List<Problem> warnings = new ArrayList<>();
        for (Diagnostic<? extends JavaFileObject> one : found) {
            switch (one.getKind()) {
                case ERROR -> errors.add(problem(one, true));
                case WARNING, MANDATORY_WARNING -> warnings.add(problem(one, false));
                case NOTE, OTHER -> {
                    // says that there would be more to say with other options
                }
            }
        }
        errors.addAll(warnings);
        return errors;
    }

    private static Problem problem(Diagnostic<? extends JavaFileObject> one, boolean error) {
        String file = "";
        String line = "";
        if (one.getSource() instanceof MemoryFiles.Source source) {
            file = source.path();
            line = source.line(one.getLineNumber());
        }
        return new Problem(
                error,
                file,
                Math.max(0, one.getLineNumber()),
                Math.max(0, one.getColumnNumber()),
                one.getMessage(Locale.ENGLISH).strip(),
                line);
    }

    /** {@return the release that class files are made by, the newest of them; no older than compilers still know} */
    static int release(Map<String, byte[]> classes, int otherwise) {
        return Math.max(
                OLDEST_RELEASE,
                classes.entrySet().stream()
                        .filter(entry -> !entry.getKey().startsWith("META-INF/") && entry.getValue().length > 8)
                        .mapToInt(entry -> ((entry.getValue()[6] & 0xff) << 8 | entry.getValue()[7] & 0xff) - 44)
                        .max()
                        .orElse(otherwise));
    }
}
