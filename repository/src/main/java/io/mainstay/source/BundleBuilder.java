package io.mainstay.source;

import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.Attributes;
import org.osgi.framework.Constants;

/**
 * Makes a bundle of a project: compiles, and packages. The results of late are remembered, by the digest of source, class
 * path, the bundle before, and compiler. Thread-safe.
 */
public final class BundleBuilder {
    /** A project can say which Java release its classes are for. */
    private static final String RELEASE = "javac.release";

    /** What nodes run at least. */
    private static final int LOWEST_RELEASE = 17;

    /** What a bundle was compiled by, and against: a header of ours. */
    static final String COMPILER = "Mainstay-Compiler";

    private static final int REMEMBERED = 8;
    private static final Map<String, Result> RESULTS = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Result> eldest) {
            return size() > REMEMBERED;
        }
    });

    private BundleBuilder() {}

    /**
     * What came of it.
     *
     * @param jar the bundle; empty if there are errors
     * @param problems errors, then warnings
     * @param compileNanos the time that compiling took, in nanoseconds; 0 if the result was remembered
     */
    public record Result(Optional<byte[]> jar, List<Problem> problems, long compileNanos) {}

    /**
     * Builds.
     *
     * @param before the bundle that it was; empty for a new one
     */
    public static Result build(Optional<PackedJar> before, Project project, ClassPath classPath) {
        int release = release(before, project);
        String key = before.map(jar -> jar.digest().hex()).orElse("")
                + ' '
                + project.digest()
                + ' '
                + classPath.digest()
                + ' '
                + release
                + ' '
                + Runtime.version();
        Result known = RESULTS.get(key);
        if (known != null) {
            return new Result(known.jar(), known.problems(), 0);
        }
        Result made = build(before, project, classPath, release);
        if (made.jar().isPresent()) {
            RESULTS.put(key, made);
        }
        return made;
    }

    private static Result build(Optional<PackedJar> before, Project project, ClassPath classPath, int release) {
        String compiler = Digest.of((classPath.digest().hex() + ' ' + release + ' ' + Runtime.version())
                        .getBytes(StandardCharsets.UTF_8))
                .hex();
        Optional<Problem> folder = before.flatMap(BundleBuilder::classFolder);
        if (folder.isPresent()) {
            return new Result(Optional.empty(), List.of(folder.get()), 0);
        }
        long begun = System.nanoTime();
        SourceCompiler.Result compiled = before.flatMap(jar -> again(jar, project, classPath, release, compiler))
                .orElseGet(() -> SourceCompiler.compile(
                        project,
                        Project.SOURCES,
                        before.map(jar -> own(jar, true)).orElseGet(TreeMap::new),
                        classPath,
                        release));
        long nanos = System.nanoTime() - begun;
        if (compiled.failed()) {
            return new Result(Optional.empty(), compiled.problems(), nanos);
        }
        SortedMap<String, byte[]> classes = before.map(jar -> own(jar, false)).orElseGet(TreeMap::new);
        before.ifPresent(jar -> jar.names().stream()
                .filter(name -> name.startsWith("META-INF/maven/") && !name.endsWith("/"))
                .forEach(name -> classes.put(name, jar.expand(jar.find(name).orElseThrow()))));
        List<String> generated = new ArrayList<>();
        compiled.classes().forEach((path, bytes) -> {
            if (!path.endsWith(".java")) {
                classes.put(path, bytes);
                if (!path.endsWith(".class") || !isMadeOf(path, bytes, project)) {
                    generated.add(path);
                }
            }
        });
        if (!generated.isEmpty()) {
            classes.put(Made.GENERATED, String.join("\n", generated).getBytes(StandardCharsets.UTF_8));
        }
        Attributes headers = before.map(Made::headers).orElseGet(Attributes::new);
        headers.putValue(COMPILER, compiler);
        BundlePackager.Result packaged = BundlePackager.pack(headers, project, classes, classPath);
        List<Problem> problems = new ArrayList<>(packaged.problems());
        problems.addAll(compiled.problems());
        return new Result(packaged.failed() ? Optional.empty() : Optional.of(packaged.jar()), problems, nanos);
    }

    /**
     * Compiles only the files that have changed since the bundle was built, by the same compiler, against the same class
     * path. Empty if that does not do: files came or went, an annotation processor may look at all of them, or what others
     * see of them is another.
     */
    private static Optional<SourceCompiler.Result> again(
            PackedJar before, Project project, ClassPath classPath, int release, String compiler) {
        Project source = Project.of(before);
        List<String> changed = source.differences(project);
        if (!compiler.equals(Made.headers(before).getValue(COMPILER))
                || Libraries.of(project).hasProcessors()
                || changed.stream().anyMatch(path -> path.startsWith(Project.LIBRARIES))
                || !source.below(Project.SOURCES)
                        .keySet()
                        .equals(project.below(Project.SOURCES).keySet())) {
            return Optional.empty();
        }
        List<String> files = changed.stream()
                .filter(path -> path.startsWith(Project.SOURCES))
                .toList();
        SortedMap<String, byte[]> kept = new TreeMap<>();
        SortedMap<String, byte[]> replaced = new TreeMap<>();
        classes(before).forEach((path, bytes) -> {
            boolean compiledAgain =
                    isMadeOf(path, bytes, source) && files.contains(Project.SOURCES + sourceOf(path, bytes));
            (compiledAgain ? replaced : kept).put(path, bytes);
        });
        SortedMap<String, byte[]> seen = own(before, true);
        seen.putAll(kept);
        SourceCompiler.Result compiled =
                SourceCompiler.compile(project.only(files), Project.SOURCES, seen, classPath, release);
        if (compiled.failed() || !surfaces(replaced).equals(surfaces(compiled.classes()))) {
            return Optional.empty();
        }
        SortedMap<String, byte[]> all = new TreeMap<>(kept);
        all.putAll(compiled.classes());
        return Optional.of(new SourceCompiler.Result(all, compiled.problems()));
    }

    private static Map<String, ByteBuffer> surfaces(SortedMap<String, byte[]> classes) {
        Map<String, ByteBuffer> surfaces = new TreeMap<>();
        classes.forEach((path, bytes) -> {
            if (!ClassSurface.isHidden(path)) {
                surfaces.put(path, ByteBuffer.wrap(ClassSurface.of(bytes)));
            }
        });
        return surfaces;
    }

    private static SortedMap<String, byte[]> classes(PackedJar bundle) {
        SortedMap<String, byte[]> classes = new TreeMap<>();
        bundle.names().stream()
                .filter(name -> name.endsWith(".class"))
                .forEach(name ->
                        classes.put(name, bundle.expand(bundle.find(name).orElseThrow())));
        return classes;
    }

    /**
     * {@return the classes of a bundle that it carries no source of}
     *
     * @param inside whether those of jars inside it count
     */
    private static SortedMap<String, byte[]> own(PackedJar bundle, boolean inside) {
        Project source = Project.of(bundle);
        Made made = Made.of(bundle);
        SortedMap<String, byte[]> own = new TreeMap<>();
        for (String name : bundle.names()) {
            if (name.endsWith(".class")) {
                byte[] bytes = bundle.expand(bundle.find(name).orElseThrow());
                if (!made.isGenerated(name) && !isMadeOf(name, bytes, source)) {
                    own.put(name, bytes);
                }
            } else if (inside && isOnClassPath(bundle, name)) {
                bundle.nested(name)
                        .ifPresent(jar -> jar.names().stream()
                                .filter(entry -> entry.endsWith(".class"))
                                .forEach(entry -> own.putIfAbsent(
                                        entry, jar.expand(jar.find(entry).orElseThrow()))));
            }
        }
        return own;
    }

    /** Whether a class is compiled from source that a project has. */
    private static boolean isMadeOf(String name, byte[] bytes, Project project) {
        String path = Project.SOURCES + sourceOf(name, bytes);
        return !name.startsWith("META-INF/")
                && SourceCompiler.isCompiled(path)
                && project.files().containsKey(path);
    }

    /** What is compiled goes to the root of the jar: a bundle whose own classes are elsewhere cannot be made here. */
    private static Optional<Problem> classFolder(PackedJar bundle) {
        String elements = Made.headers(bundle)
                .getOrDefault(new Attributes.Name(Constants.BUNDLE_CLASSPATH), "")
                .toString();
        for (String element : elements.split("\\s*,\\s*")) {
            String path = element.split(";", 2)[0].strip();
            String folder = path.replaceFirst("^/", "").replaceFirst("/?$", "/");
            if (!path.isEmpty()
                    && !path.equals(".")
                    && !path.equals("/")
                    && bundle.nested(path).isEmpty()
                    && bundle.names().stream().anyMatch(name -> name.startsWith(folder) && name.endsWith(".class"))) {
                return Optional.of(new Problem(
                        true,
                        Project.INSTRUCTIONS,
                        0,
                        0,
                        "its classes are in the folder " + path + " of its jar, which cannot be built here",
                        ""));
            }
        }
        return Optional.empty();
    }

    private static boolean isOnClassPath(PackedJar bundle, String entry) {
        return entry.endsWith(".jar")
                && List.of(Made.headers(bundle)
                                .getOrDefault(new Attributes.Name(Constants.BUNDLE_CLASSPATH), "")
                                .toString()
                                .split("\\s*[,;]\\s*"))
                        .contains(entry);
    }

    /** {@return the path of the file that a class was compiled from, below the folder of sources} */
    private static String sourceOf(String name, byte[] bytes) {
        return ClassSource.of(bytes).flatMap(ClassSource::sourcePath).orElse(name);
    }

    /** {@return the Java release that a project is compiled for: what it says, or what its classes were compiled for} */
    public static int release(Optional<PackedJar> before, Project project) {
        int running = Runtime.version().feature();
        Optional<String> told = project.text(Project.INSTRUCTIONS).map(BundleBuilder::told);
        if (told.filter(text -> text.matches("\\d{1,3}")).isPresent()) {
            return Integer.parseInt(told.get());
        }
        SortedMap<String, byte[]> classes = before.map(BundleBuilder::classes).orElseGet(TreeMap::new);
        return Math.min(running, SourceCompiler.release(classes, LOWEST_RELEASE));
    }

    private static String told(String instructions) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(instructions));
        } catch (IOException e) {
            throw new UncheckedIOException("Reading from memory failed", e);
        }
        return properties.getProperty(RELEASE, "").strip();
    }
}
