package io.mainstay.source;

import io.mainstay.zip.PackedJar;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells what of a bundle is made when it is built from what somebody has written. */
final class Made {
    /** What annotation processors have made, a path a line. */
    static final String GENERATED = "OSGI-OPT/generated.txt";

    private static final Pattern SIGNATURE =
            Pattern.compile("META-INF/(SIG-[^/]*|[^/]*\\.(SF|RSA|DSA|EC))", Pattern.CASE_INSENSITIVE);
    private static final Pattern IMPLEMENTATION = Pattern.compile("<implementation\\s+class=\"([^\"]+)\"");
    private static final Pattern META_TYPE = Pattern.compile("OSGI-INF/metatype/[^/]*\\.xml");
    private static final String DS = "org.osgi.service.component.annotations";
    private static final String METATYPE = "org.osgi.service.metatype.annotations";

    private final PackedJar bundle;
    private final Set<String> generated;

    private Made(PackedJar bundle) {
        this.bundle = bundle;
        this.generated = new HashSet<>(bundle.find(GENERATED)
                .map(member -> text(bundle, member).lines().toList())
                .orElse(List.of()));
    }

    static Made of(PackedJar bundle) {
        return new Made(bundle);
    }

    /** Whether an annotation processor has made an entry. */
    boolean isGenerated(String entry) {
        return generated.contains(entry);
    }

    /** Whether somebody has written an entry of a bundle, and it is not source. */
    boolean isResource(String entry) {
        return !entry.endsWith("/")
                && !entry.endsWith(".class")
                && !entry.equals(JarFile.MANIFEST_NAME)
                && !entry.startsWith("OSGI-OPT/")
                && !entry.startsWith("META-INF/maven/")
                && isNoSignature(entry)
                && !isGenerated(entry)
                && !(META_TYPE.matcher(entry).matches() && anySourceNames(METATYPE))
                && !isComponent(entry);
    }

    /** Whether an entry is no part of a jar's signature. */
    static boolean isNoSignature(String entry) {
        return !SIGNATURE.matcher(entry).matches();
    }

    /** bnd writes a component's description from the annotations of its class; others are written by hand. */
    private boolean isComponent(String entry) {
        if (!entry.startsWith("OSGI-INF/") || !entry.endsWith(".xml")) {
            return false;
        }
        Matcher implementation =
                IMPLEMENTATION.matcher(text(bundle, bundle.find(entry).orElseThrow()));
        return implementation.find() && sourceNames(implementation.group(1), DS);
    }

    private boolean sourceNames(String type, String text) {
        String path = "OSGI-OPT/src/" + type.replaceFirst("\\$.*", "").replace('.', '/') + ".java";
        return bundle.find(path)
                .map(member -> text(bundle, member).contains(text))
                .orElse(false);
    }

    private boolean anySourceNames(String text) {
        return bundle.names().stream()
                .filter(name -> name.startsWith("OSGI-OPT/src/") && name.endsWith(".java"))
                .anyMatch(name -> text(bundle, bundle.find(name).orElseThrow()).contains(text));
    }

    private static String text(PackedJar jar, ZipMember member) {
        return new String(jar.expand(member), StandardCharsets.UTF_8);
    }

    /** {@return the elements of a Service-Component header whose files somebody has written} */
    static String writtenComponents(Attributes headers, Project project) {
        List<String> written = new ArrayList<>();
        for (String element : headers.getOrDefault(new Attributes.Name("Service-Component"), "")
                .toString()
                .split("\\s*,\\s*")) {
            Pattern pattern =
                    Pattern.compile(Pattern.quote(Project.RESOURCES + element).replace("*", "\\E[^/]*\\Q"));
            if (!element.isEmpty()
                    && project.files().keySet().stream()
                            .anyMatch(path -> pattern.matcher(path).matches())) {
                written.add(element);
            }
        }
        return String.join(",", written);
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
