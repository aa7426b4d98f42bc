package io.mainstay.source;

import io.mainstay.zip.PackedJar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/** Tells what of a bundle is made when it is built from what somebody has written. */
final class Made {
    private static final Pattern SIGNATURE =
            Pattern.compile("META-INF/(SIG-[^/]*|[^/]*\\.(SF|RSA|DSA|EC))", Pattern.CASE_INSENSITIVE);
    private static final Pattern META_TYPE = Pattern.compile("OSGI-INF/metatype/[^/]*\\.xml");

    private Made() {}

    /** Whether somebody has written an entry of a bundle, and it is not source. */
    static boolean isResource(PackedJar bundle, String entry) {
        return !entry.endsWith("/")
                && !entry.endsWith(".class")
                && !entry.equals(JarFile.MANIFEST_NAME)
                && !entry.startsWith("OSGI-OPT/")
                && !entry.startsWith("META-INF/maven/")
                && isNoSignature(entry)
                && !META_TYPE.matcher(entry).matches()
                && !isComponent(bundle, entry);
    }

    /** Whether an entry is no part of a jar's signature. */
    static boolean isNoSignature(String entry) {
        return !SIGNATURE.matcher(entry).matches();
    }

    /** bnd writes a component's description from annotations, in a file with the component's name. */
    private static boolean isComponent(PackedJar bundle, String entry) {
        return entry.startsWith("OSGI-INF/")
                && entry.endsWith(".xml")
                && headers(bundle)
                        .getOrDefault(new Attributes.Name("Service-Component"), "")
                        .toString()
                        .contains(entry);
    }

    static Attributes headers(PackedJar bundle) {
        return manifest(bundle).getMainAttributes();
    }

    /** {@return the manifest of a jar; an empty one if it has none} */
    static Manifest manifest(PackedJar jar) {
        return jar.find(JarFile.MANIFEST_NAME)
                .map(member -> {
                    try {
                        return new Manifest(new ByteArrayInputStream(jar.expand(member)));
                    } catch (IOException e) {
                        throw new UncheckedIOException("The manifest of " + jar.digest() + " cannot be read", e);
                    }
                })
                .orElseGet(Manifest::new);
    }
}
