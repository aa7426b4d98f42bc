package io.mainstay.source;

import aQute.bnd.osgi.AbstractResource;
import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import io.mainstay.zip.PackedJar;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;

/**
 * Makes a bundle of classes and a project, with bnd: manifest, Declarative Services, metatype, versions of imports. The same
 * input gives the same bytes. Nothing is read from or written to a file. Thread-safe.
 */
public final class BundlePackager {
    /** What zips cannot be older than. */
    static final String DATE = "1980-02-01T00:00:00Z";

    /** What bnd says of required bundles that offer no package: the class path does not have these. */
    private static final String NO_SUCH_HOST = "for this fragment/require bundle cannot be found on the classpath";

    /** bnd asks for a folder; in this one there is nothing. */
    private static final File NOWHERE = new File(System.getProperty("java.io.tmpdir"), "mainstay-no-such-folder");

    private BundlePackager() {}

    /**
     * What came of it.
     *
     * @param jar the bundle; empty if there are errors
     * @param problems errors, then warnings
     */
    public record Result(byte[] jar, List<Problem> problems) {
        /** Whether there are errors. */
        public boolean failed() {
            return problems.stream().anyMatch(Problem::error);
        }
    }

    /**
     * Packages.
     *
     * @param before the manifest that the bundle had; empty for a new one
     * @param classes class files, by their paths
     */
    public static Result pack(
            Attributes before, Project project, SortedMap<String, byte[]> classes, ClassPath classPath) {
        try (Jar jar = new Jar("bundle");
                Builder builder = new Builder()) {
            classes.forEach((path, bytes) -> put(jar, path, bytes));
            project.files().forEach((path, bytes) -> put(jar, Project.entry(path), bytes));
            jar.setManifest(new Manifest());
            jar.setReproducible(DATE);
            builder.setJar(jar);
            Instructions instructions = Instructions.of(before, project);
            if (!instructions.problems().isEmpty()) {
                return new Result(new byte[0], instructions.problems());
            }
            builder.addProperties(instructions.told());
            builder.setBase(NOWHERE);
            List<Jar> providers = new ArrayList<>();
            for (ClassPath.Provider provider : classPath.providers()) {
                providers.add(jar(provider));
            }
            Libraries.of(project).jars().forEach(library -> providers.add(jar(library)));
            builder.setClasspath(providers);
            builder.build();
            List<Problem> problems = problems(builder);
            if (problems.stream().anyMatch(Problem::error)) {
                return new Result(new byte[0], problems);
            }
            instructions.complete(jar.getManifest().getMainAttributes());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            jar.write(out);
            return new Result(out.toByteArray(), problems);
        } catch (Exception e) { // bnd declares no less
            return new Result(
                    new byte[0], List.of(new Problem(true, Project.INSTRUCTIONS, 0, 0, "bnd failed: " + e, "")));
        }
    }

    private static void put(Jar jar, String path, byte[] bytes) {
        jar.putResource(path, new EmbeddedResource(bytes, 0));
    }

    private static List<Problem> problems(Builder builder) {
        List<Problem> problems = new ArrayList<>();
        builder.getErrors()
                .forEach(error -> problems.add(new Problem(true, Project.INSTRUCTIONS, 0, 0, error.strip(), "")));
        builder.getWarnings().stream()
                .filter(warning -> !warning.contains(NO_SUCH_HOST))
                .forEach(warning -> problems.add(new Problem(false, Project.INSTRUCTIONS, 0, 0, warning.strip(), "")));
        return problems;
    }

    /** A jar that has of a provider what can be seen, each class expanded when bnd asks for it. */
    private static Jar jar(ClassPath.Provider provider) {
        Jar jar = new Jar(provider.name());
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.putValue(Constants.BUNDLE_SYMBOLICNAME, provider.name());
        headers.putValue(Constants.BUNDLE_VERSION, provider.version().toString());
        StringBuilder exports = new StringBuilder();
        provider.packages().forEach((name, version) -> {
            exports.append(exports.isEmpty() ? "" : ",")
                    .append(name)
                    .append(";version=")
                    .append(version);
            String folder = name.replace('.', '/') + "/";
            for (Map.Entry<String, Supplier<byte[]>> type :
                    provider.classes().of(name).entrySet()) {
                jar.putResource(folder + type.getKey() + ".class", new Lazy(type.getValue()));
            }
        });
        headers.putValue(Constants.EXPORT_PACKAGE, exports.toString());
        if (!provider.contracts().isEmpty()) {
            headers.putValue(Constants.PROVIDE_CAPABILITY, provider.contracts());
        }
        jar.setManifest(manifest);
        return jar;
    }

    private static Jar jar(PackedJar library) {
        Jar jar = new Jar(library.digest().brief());
        for (String name : library.names()) {
            if (!name.endsWith("/") && !name.equals(JarFile.MANIFEST_NAME)) {
                jar.putResource(
                        name, new Lazy(() -> library.expand(library.find(name).orElseThrow())));
            }
        }
        jar.setManifest(Made.manifest(library));
        return jar;
    }

    private static final class Lazy extends AbstractResource {
        private final Supplier<byte[]> bytes;

        Lazy(Supplier<byte[]> bytes) {
            super(0);
            this.bytes = bytes;
        }

        @Override
        protected byte[] getBytes() {
            return bytes.get();
        }
    }
}
