package io.mainstay.source;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * What bnd is told to make a bundle again: its own headers, but for those that bnd works out, and the instructions that it
 * carries on top. Where it carries none, what its manifest exports and imports stands for them.
 */
final class Instructions {
    /** Worked out anew, from the classes. */
    private static final Set<String> WORKED_OUT = Set.of(
            "manifest-version",
            "import-package",
            "export-package",
            "private-package",
            "service-component",
            "require-capability",
            "provide-capability",
            "bnd-lastmodified",
            "build-jdk",
            "build-jdk-spec",
            "created-by",
            "built-by",
            "tool",
            "include-resource",
            "archiver-version");

    /** What fills the jar, which is full already. */
    private static final Pattern FILLING = Pattern.compile(
            "(-includeresource|-includepackage|-privatepackage|-conditionalpackage|-sources|-buildpath|-testpath"
                    + "|Private-Package|Include-Resource|Conditional-Package)(\\..*)?",
            Pattern.CASE_INSENSITIVE);

    /** bnd finds these in class files again. */
    private static final Set<String> FOUND_IN_CLASSES = Set.of("osgi.ee", "osgi.service", "osgi.extender");

    private Instructions() {}

    /**
     * {@return the instructions}
     *
     * @param before the bundle's manifest as it was; empty for a new one
     */
    static Properties of(Attributes before, Project project) {
        Properties all = new Properties();
        before.forEach((name, value) -> {
            if (!WORKED_OUT.contains(name.toString().toLowerCase(java.util.Locale.ROOT))
                    && !name.toString().endsWith("-Digest")) {
                all.setProperty(name.toString(), value.toString());
            }
        });
        String name = symbolicName(before);
        all.setProperty("project.artifactId", name);
        all.setProperty("project.version", text(before, Constants.BUNDLE_VERSION));
        all.setProperty(aQute.bnd.osgi.Constants.NOEXTRAHEADERS, "true");
        all.setProperty(aQute.bnd.osgi.Constants.REPRODUCIBLE, "true");
        if (project.text(Project.INSTRUCTIONS).isPresent()) {
            Properties own = load(project.text(Project.INSTRUCTIONS).get());
            own.stringPropertyNames().stream()
                    .filter(key -> !FILLING.matcher(key).matches())
                    .forEach(key -> all.setProperty(key, own.getProperty(key)));
        } else {
            all.setProperty(aQute.bnd.osgi.Constants.EXPORT_CONTENTS, exports(before));
            all.setProperty(Constants.IMPORT_PACKAGE, imports(before));
            keep(all, before, Constants.REQUIRE_CAPABILITY);
            keep(all, before, Constants.PROVIDE_CAPABILITY);
        }
        return all;
    }

    private static String symbolicName(Attributes headers) {
        return text(headers, Constants.BUNDLE_SYMBOLICNAME).split(";", 2)[0].strip();
    }

    private static String text(Attributes headers, String name) {
        return headers.getOrDefault(new Attributes.Name(name), "").toString();
    }

    private static Properties load(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException("Reading from memory failed", e);
        }
        return properties;
    }

    /** Without {@code uses}, which follows from the classes. */
    private static String exports(Attributes before) {
        Parameters exports = OSGiHeader.parseHeader(text(before, Constants.EXPORT_PACKAGE));
        exports.values().forEach(attributes -> attributes.remove(Constants.USES_DIRECTIVE));
        return exports.toString();
    }

    /** What was imported keeps its range and whether it is optional; what is new is worked out. */
    private static String imports(Attributes before) {
        Parameters imports = OSGiHeader.parseHeader(text(before, Constants.IMPORT_PACKAGE));
        imports.put("*", new Attrs());
        return imports.toString();
    }

    private static void keep(Properties all, Attributes before, String header) {
        Parameters clauses = OSGiHeader.parseHeader(text(before, header));
        clauses.keySet().removeIf(clause -> FOUND_IN_CLASSES.contains(clause.replace("~", "")));
        if (!clauses.isEmpty()) {
            all.setProperty(header, clauses.toString());
        }
    }
}
