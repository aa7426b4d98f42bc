package io.mainstay.intake;

import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import aQute.bnd.version.MavenVersion;
import io.mainstay.store.ContentSource;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

    /** A zip's dates have no time zone: the same one everywhere is another instant everywhere. */
    private static final LocalDateTime DATE = LocalDateTime.of(1980, 2, 1, 0, 0);

    private BundleWrapper() {}

    /** {@return whether the jar says that it is a bundle; what cannot be read as a jar says nothing} */
    public static boolean isBundle(ContentSource source) throws IOException {
        try {
            return SoundJar.manifest(source)
                    .map(manifest -> manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME))
                    .isPresent();
        } catch (RefusedBundleException e) {
            return false;
        }
    }

    /**
     * Wraps a jar, in memory. Name and version come from its manifest or file name where the caller gives none.
     *
     * @throws RefusedBundleException if it is not sound, or bnd cannot make a bundle of it
     */
    public static ContentSource wrap(ContentSource source, Optional<String> symbolicName, Optional<String> version)
            throws IOException {
        try (Jar jar = new Jar(source.name());
                Analyzer analyzer = new Analyzer()) {
            fill(jar, source);
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
            jar.setReproducible(DATE.atZone(ZoneId.systemDefault()).toInstant().toString());
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

    /** Not left to bnd, which reads from the front and takes what it finds, whatever the directory says. */
    private static void fill(Jar jar, ContentSource source) throws IOException {
        Map<ZipMember, ByteArrayOutputStream> entries = new LinkedHashMap<>();
        SoundJar.read(source, IntakeLimits.DEFAULT, member -> {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    entries.put(member, bytes);
                    return bytes;
                })
                .ifPresent(jar::setManifest);
        entries.forEach((member, bytes) -> {
            if (!member.isDirectory() && !SIGNATURE.matcher(member.name()).matches()) {
                jar.putResource(member.name(), new EmbeddedResource(bytes.toByteArray(), member.modifiedMillis()));
            }
        });
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
