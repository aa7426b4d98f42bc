package io.mainstay.intake;

import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.Jar;
import aQute.bnd.version.MavenVersion;
import io.mainstay.store.ContentSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * Makes bundles of plain jars with bnd: all packages exported at the jar's version, all imports optional. The same jar
 * gives the same bytes, whenever it is wrapped.
 */
public final class BundleWrapper {
    private static final Pattern FILE_NAME = Pattern.compile("(.+?)(?:-(\\d.*))?\\.jar", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIGNATURE =
            Pattern.compile("META-INF/(SIG-[^/]*|[^/]*\\.(SF|RSA|DSA|EC))", Pattern.CASE_INSENSITIVE);

    private BundleWrapper() {}

    /** {@return whether the jar says that it is a bundle; what cannot be read is none} */
    public static boolean isBundle(ContentSource source) throws IOException {
        try (Jar jar = new Jar(source.name(), source.open())) {
            Manifest manifest = jar.getManifest();
            return manifest != null && manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) != null;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new RefusedBundleException(source.name(), "it cannot be read as a jar: " + e.getMessage(), e);
        }
    }

    /**
     * Wraps a jar, in memory. Name and version come from its manifest or file name where the caller gives none.
     *
     * @throws RefusedBundleException if bnd cannot make a bundle of it
     */
    public static ContentSource wrap(ContentSource source, Optional<String> symbolicName, Optional<String> version)
            throws IOException {
        try (InputStream in = source.open();
                Jar jar = new Jar(source.name(), in);
                Analyzer analyzer = new Analyzer()) {
            List.copyOf(jar.getResources().keySet()).stream()
                    .filter(name -> SIGNATURE.matcher(name).matches())
                    .forEach(jar::remove);
            Matcher fileName = FILE_NAME.matcher(source.name().replaceAll(".*[/\\\\]", ""));
            boolean named = fileName.matches();
            analyzer.setJar(jar);
            analyzer.setBundleSymbolicName(cleanName(
                    symbolicName.or(() -> automaticModuleName(jar)).orElse(named ? fileName.group(1) : source.name())));
            analyzer.setBundleVersion(version.or(() -> Optional.ofNullable(named ? fileName.group(2) : null))
                    .map(text ->
                            MavenVersion.parseMavenString(text).getOSGiVersion().toString())
                    .orElse("0"));
            analyzer.setProperty(Constants.IMPORT_PACKAGE, "*;resolution:=optional");
            analyzer.setProperty(Constants.EXPORT_PACKAGE, "*;-noimport:=true;version=" + analyzer.getBundleVersion());
            analyzer.setProperty(aQute.bnd.osgi.Constants.NOEXTRAHEADERS, "true");
            analyzer.setProperty(aQute.bnd.osgi.Constants.REPRODUCIBLE, "true");
            jar.setReproducible("true");
            jar.setManifest(analyzer.calcManifest());
            if (!analyzer.getErrors().isEmpty()) {
                throw new RefusedBundleException(
                        source.name(), "bnd cannot wrap it: " + String.join("; ", analyzer.getErrors()));
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            jar.write(out);
            return ContentSource.of(source.name(), out.toByteArray());
        } catch (IOException | RefusedBundleException e) {
            throw e;
        } catch (Exception e) {
            throw new RefusedBundleException(source.name(), "bnd cannot wrap it: " + e.getMessage(), e);
        }
    }

    private static Optional<String> automaticModuleName(Jar jar) {
        try {
            return Optional.ofNullable(jar.getManifest())
                    .map(manifest -> manifest.getMainAttributes().getValue("Automatic-Module-Name"));
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    private static String cleanName(String name) {
        return name.replaceAll("[^A-Za-z0-9_.-]", "_").replaceAll("\\.{2,}|^\\.|\\.$", "_");
    }
}
