package io.mainstay.source;

import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.framework.Constants;

/**
 * What a bundle is made of, laid out as a Maven project: sources, tests, resources, the instructions for bnd, and the
 * libraries that only the compiler needs. In a bundle, sources are where bnd puts them, in {@code OSGI-OPT/src}; tests,
 * instructions and libraries lie beside. Immutable.
 *
 * <pre>
 * src/main/java/…       OSGI-OPT/src/…
 * src/test/java/…       OSGI-OPT/test/…
 * src/main/resources/…  …
 * lib/….jar             OSGI-OPT/lib/….jar
 * bnd.bnd               OSGI-OPT/bnd.bnd
 * </pre>
 */
public final class Project {
    /** Where sources are. */
    public static final String SOURCES = "src/main/java/";
    /** Where tests are. */
    public static final String TESTS = "src/test/java/";
    /** Where resources are. */
    public static final String RESOURCES = "src/main/resources/";
    /** Where libraries for the compiler are. */
    public static final String LIBRARIES = "lib/";
    /** The instructions for bnd. */
    public static final String INSTRUCTIONS = "bnd.bnd";

    private static final List<String> FOLDERS = List.of(SOURCES, TESTS, RESOURCES, LIBRARIES);
    private static final String CARRIED = "OSGI-OPT/";

    /** What editors and systems leave beside files, and what {@code pull} puts there. */
    private static final Pattern LEFT_BY_TOOLS = Pattern.compile(
            "(/\\.[^/]*\\.sw.|/\\.#[^/]*|/#[^/]*#|~|/4913|/\\.DS_Store|/\\.[^/]*\\.kate-swp|\\.theirs)$");

    private static final Pattern MACRO_NAME =
            Pattern.compile("(?m)^\\s*Bundle-SymbolicName\\s*[:=]\\s*\\$\\{project\\.artifactId\\}");
    private static final Pattern NAME = Pattern.compile("(?m)^\\s*Bundle-SymbolicName\\s*[:=]");

    private final SortedMap<String, byte[]> files;

    private Project(SortedMap<String, byte[]> files) {
        this.files = Collections.unmodifiableSortedMap(files);
    }

    /** {@return a project of these files, by their paths; others than those named above are left out} */
    public static Project of(SortedMap<String, byte[]> files) {
        SortedMap<String, byte[]> known = new TreeMap<>();
        files.forEach((path, bytes) -> {
            if (isPartOfIt(path)) {
                known.put(path, bytes.clone());
            }
        });
        return new Project(known);
    }

    /** {@return the project that a bundle carries; without any source if it carries none} */
    public static Project of(PackedJar bundle) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        boolean sources = bundle.names().stream().anyMatch(name -> name.startsWith(CARRIED + "src/") && isFile(name));
        if (!sources) {
            return new Project(files);
        }
        Made made = Made.of(bundle);
        for (String name : bundle.names()) {
            if (isFile(name)) {
                path(made, name)
                        .ifPresent(path ->
                                files.put(path, bundle.expand(bundle.find(name).orElseThrow())));
            }
        }
        return new Project(files);
    }

    /**
     * Reads a folder with a project.
     *
     * @throws IOException if it cannot be read
     */
    public static Project of(Path folder) throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                String path = folder.relativize(file)
                        .toString()
                        .replace(file.getFileSystem().getSeparator(), "/");
                if (isPartOfIt(path)) {
                    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                        throw new IOException(file + " is a link, or no file at all; source is taken from files only");
                    }
                    files.put(path, Files.readAllBytes(file));
                }
            }
        }
        return new Project(files);
    }

    private static boolean isFile(String entry) {
        return !entry.endsWith("/");
    }

    private static boolean isPartOfIt(String path) {
        return path.equals(INSTRUCTIONS)
                || FOLDERS.stream().anyMatch(path::startsWith)
                        && !LEFT_BY_TOOLS.matcher(path).find()
                        && !path.startsWith(RESOURCES + "META-INF/maven/")
                        && !path.equals(RESOURCES + "META-INF/MANIFEST.MF")
                        && !path.startsWith(RESOURCES + "OSGI-OPT/");
    }

    /** {@return where an entry of a bundle is in a project; empty for what is made: classes, manifest, components} */
    private static Optional<String> path(Made made, String entry) {
        if (entry.startsWith(CARRIED)) {
            String rest = entry.substring(CARRIED.length());
            return rest.startsWith("src/")
                    ? Optional.of(SOURCES + rest.substring(4))
                    : rest.startsWith("test/")
                            ? Optional.of(TESTS + rest.substring(5))
                            : Optional.of(rest).filter(Project::isPartOfIt);
        }
        return made.isResource(entry) ? Optional.of(RESOURCES + entry) : Optional.empty();
    }

    /** {@return where a file of a project goes in its bundle} */
    static String entry(String path) {
        return path.startsWith(SOURCES)
                ? CARRIED + "src/" + path.substring(SOURCES.length())
                : path.startsWith(TESTS)
                        ? CARRIED + "test/" + path.substring(TESTS.length())
                        : path.startsWith(RESOURCES) ? path.substring(RESOURCES.length()) : CARRIED + path;
    }

    /** {@return all files, by their paths with slashes; the arrays are not to be changed} */
    public SortedMap<String, byte[]> files() {
        return files;
    }

    /** {@return the files below one of the folders} */
    public SortedMap<String, byte[]> below(String folder) {
        return files.subMap(folder, folder + Character.MAX_VALUE);
    }

    /** {@return whether there is anything to compile} */
    public boolean hasSources() {
        return !below(SOURCES).isEmpty();
    }

    /** {@return the text of a file, without a byte order mark} */
    public Optional<String> text(String path) {
        return Optional.ofNullable(files.get(path))
                .map(bytes -> SourceText.of(bytes).text());
    }

    /** {@return the symbolic name that the instructions give} */
    public Optional<String> symbolicName() {
        return header(Constants.BUNDLE_SYMBOLICNAME)
                .map(header -> header.split(";", 2)[0].strip())
                .filter(name -> !name.isEmpty());
    }

    /** {@return a header as the instructions give it} */
    public Optional<String> header(String name) {
        return text(INSTRUCTIONS)
                .map(Instructions::load)
                .map(instructions -> instructions
                        .getProperty(name, "")
                        .replace("${project.artifactId}", instructions.getProperty("project.artifactId", ""))
                        .strip())
                .filter(header -> !header.isEmpty());
    }

    /** {@return this with one file more, or another one in its place} */
    public Project with(String path, byte[] bytes) {
        if (!isPartOfIt(path)) {
            throw new IllegalArgumentException(path + " is no part of a project: " + FOLDERS + " and " + INSTRUCTIONS);
        }
        SortedMap<String, byte[]> changed = new TreeMap<>(files);
        changed.put(path, bytes.clone());
        return new Project(changed);
    }

    /** {@return these files of it alone} */
    Project only(List<String> paths) {
        SortedMap<String, byte[]> some = new TreeMap<>(files);
        some.keySet().removeIf(path -> !paths.contains(path) && !path.startsWith(LIBRARIES));
        return new Project(some);
    }

    /** {@return this, with instructions that name the bundle as its folder is named, if they do not name it} */
    public Project named(Path folder) {
        String instructions = text(INSTRUCTIONS).orElse("");
        boolean byMacro = MACRO_NAME.matcher(instructions).find();
        if (NAME.matcher(instructions).find() && !byMacro) {
            return this;
        }
        String name =
                folder.toAbsolutePath().normalize().getFileName().toString().replaceAll("[^A-Za-z0-9_.-]", "_");
        String named = (byMacro ? "project.artifactId: " : "Bundle-SymbolicName: ") + name + "\n" + instructions;
        return with(INSTRUCTIONS, named.getBytes(StandardCharsets.UTF_8));
    }

    /** {@return the paths of files that differ, are missing, or are there in one of the two only} */
    public List<String> differences(Project other) {
        TreeSet<String> paths = new TreeSet<>(files.keySet());
        paths.addAll(other.files.keySet());
        return paths.stream()
                .filter(path -> !Arrays.equals(files.get(path), other.files.get(path)))
                .toList();
    }

    /** {@return a digest of all paths and bytes} */
    public Digest digest() {
        MessageDigest hash = Digest.algorithm();
        files.forEach((path, bytes) -> {
            hash.update((path + '\n' + bytes.length + '\n').getBytes(StandardCharsets.UTF_8));
            hash.update(bytes);
        });
        return Digest.finish(hash.digest());
    }
}
