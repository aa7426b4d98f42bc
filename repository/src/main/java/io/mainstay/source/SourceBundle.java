package io.mainstay.source;

import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.zip.PackedJar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Constants;

/**
 * The source of a bundle that carries none, as a bundle beside it: what Eclipse calls a source bundle, and says in the header
 * {@code Eclipse-SourceBundle}. It is in no generation. One that was attached
 * here belongs to one content; others belong to each bundle of that name and version.
 */
public final class SourceBundle {
    /** So much of a bundle's code has to have its source. */
    private static final int PERCENT = 50;

    private SourceBundle() {}

    /**
     * Makes a source bundle of a jar with source. The same jar gives the same bytes.
     *
     * @param sources a sound jar
     * @param replaced source bundles of the same content in whose place this one is
     * @throws RefusedBundleException if it is not the source of the bundle
     * @throws IOException if it cannot be read
     */
    public static ContentSource make(ContentSource sources, Content bundle, PackedJar code, Collection<Digest> replaced)
            throws IOException {
        PackedJar jar = read(sources);
        int found = 0;
        int all = 0;
        for (PackedJar one : Stream.concat(Stream.of(code), inside(code)).toList()) {
            for (String name : one.names()) {
                Optional<String> path = name.endsWith(".class") && !name.startsWith("META-INF/")
                        ? ClassSource.of(one.expand(one.find(name).orElseThrow()))
                                .flatMap(ClassSource::sourcePath)
                        : Optional.empty();
                if (path.isPresent()) {
                    all++;
                    found += jar.find(path.get()).isPresent() ? 1 : 0;
                }
            }
        }
        if (all == 0 || found * 100 < all * PERCENT) {
            throw new RefusedBundleException(
                    sources.name(),
                    "it is not the source of " + bundle.label() + ": of " + all + " classes that name a source file, "
                            + found + " have theirs in it");
        }
        return write(sources.name(), jar, bundle, replaced);
    }

    private static Stream<PackedJar> inside(PackedJar code) {
        return code.names().stream()
                .filter(name -> name.endsWith(".jar") && !name.startsWith("OSGI-OPT/"))
                .flatMap(name -> code.nested(name).stream());
    }

    private static PackedJar read(ContentSource sources) throws IOException {
        try (InputStream in = sources.open()) {
            byte[] bytes = in.readAllBytes();
            return PackedJar.of(Digest.of(bytes), bytes);
        } catch (UncheckedIOException e) {
            throw new RefusedBundleException(
                    sources.name(), "it is no jar: " + e.getCause().getMessage(), e);
        }
    }

    private static ContentSource write(String name, PackedJar sources, Content bundle, Collection<Digest> replaced)
            throws IOException {
        try (Jar made = new Jar(name)) {
            for (String entry : sources.names()) {
                if (!entry.endsWith("/") && !entry.equals(JarFile.MANIFEST_NAME) && Made.isNoSignature(entry)) {
                    made.putResource(
                            entry,
                            new EmbeddedResource(
                                    sources.expand(sources.find(entry).orElseThrow()), 0));
                }
            }
            Manifest manifest = new Manifest();
            Attributes headers = manifest.getMainAttributes();
            headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
            headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
            headers.putValue(Constants.BUNDLE_SYMBOLICNAME, bundle.symbolicName() + ".source");
            headers.putValue(Constants.BUNDLE_VERSION, bundle.version().toString());
            headers.putValue(
                    Content.SOURCE_BUNDLE,
                    bundle.symbolicName() + ";version=\"" + bundle.version() + "\";roots:=\".\"");
            headers.putValue(Content.SOURCE_OF_CONTENT, bundle.digest().hex());
            if (!replaced.isEmpty()) {
                headers.putValue(
                        Content.SOURCE_REPLACES,
                        replaced.stream().map(Digest::hex).sorted().collect(Collectors.joining(",")));
            }
            made.setManifest(manifest);
            made.setReproducible(BundlePackager.DATE);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            made.write(out);
            return ContentSource.of(name, out.toByteArray());
        } catch (IOException e) {
            throw e;
        } catch (Exception e) { // bnd declares no less
            throw new RefusedBundleException(name, "no source bundle can be made of it: " + e.getMessage(), e);
        }
    }
}
