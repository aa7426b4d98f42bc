package io.mainstay.source;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * What bnd is told to make a bundle again. A bundle that carries a {@code bnd.bnd} is made by that, and keeps what describes
 * it. For one without, its manifest stands: what it exports and imports is told to bnd, and all that bnd does not work out
 * is put back as it was, never through bnd.
 *
 * <p>Instructions come from the store, and are run on the machine of who builds: so those that reach for files, the
 * environment or programs have no effect, and macros are names of properties only.
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
            "mainstay-compiler",
            "bnd-lastmodified",
            "build-jdk",
            "build-jdk-spec",
            "created-by",
            "built-by",
            "tool",
            "include-resource",
            "archiver-version");

    /** What is kept of a bundle that has instructions of its own: a build tool may have added it. */
    private static final Set<String> DESCRIBING = Set.of(
            "bundle-symbolicname",
            "bundle-version",
            "bundle-name",
            "bundle-description",
            "bundle-vendor",
            "bundle-license",
            "bundle-copyright",
            "bundle-docurl",
            "bundle-contactaddress",
            "bundle-category",
            "bundle-developers",
            "bundle-scm",
            "bundle-manifestversion");

    /** The instructions that have an effect. */
    private static final Pattern ALLOWED = Pattern.compile(
            "(-exportcontents|-dsannotations|-dsannotations-options"
                    + "|-metatypeannotations|-metatypeannotations-options|-bundleannotations|-noee|-contract|-consumer-policy"
                    + "|-provider-policy|-nouses|-removeheaders|-fixupmessages|-noimportjava|-noclassforname|-cdiannotations)(\\..*)?");

    /** What fills the jar, which is full already. */
    private static final Pattern FILLING =
            Pattern.compile("(Private-Package|Include-Resource|Conditional-Package)(\\..*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern MACRO = Pattern.compile("\\$[\\[({<\u00ab\u2039]");
    private static final Pattern NAME = Pattern.compile("\\$\\{[A-Za-z0-9_.-]+\\}");

    private final Attributes before;
    private final Properties told = new Properties();
    private final List<Problem> problems = new ArrayList<>();
    private final boolean own;

    private Instructions(Attributes before, Project project) {
        this.before = before;
        this.own = project.text(Project.INSTRUCTIONS).isPresent();
        told.setProperty(
                "project.artifactId",
                text(Constants.BUNDLE_SYMBOLICNAME).split(";", 2)[0].strip());
        told.setProperty("project.version", text(Constants.BUNDLE_VERSION));
        if (own) {
            carry(DESCRIBING);
            project.text(Project.INSTRUCTIONS).map(Instructions::load).ifPresent(this::take);
        } else {
            carry(Set.of(
                    "bundle-symbolicname",
                    "bundle-version",
                    "bundle-classpath",
                    "bundle-activator",
                    "fragment-host",
                    "require-bundle"));
            told.setProperty(aQute.bnd.osgi.Constants.EXPORT_CONTENTS, exports());
            told.setProperty(Constants.IMPORT_PACKAGE, imports());
            told.setProperty(
                    aQute.bnd.osgi.Constants.NOIMPORTJAVA,
                    String.valueOf(!text(Constants.IMPORT_PACKAGE).contains("java.lang")));
        }
        String components = Made.writtenComponents(before, project);
        if (!components.isEmpty()) {
            told.merge("Service-Component", components, (one, other) -> one + "," + other);
        }
        told.putIfAbsent(aQute.bnd.osgi.Constants.CONTRACT, "*");
        told.setProperty(aQute.bnd.osgi.Constants.NOEXTRAHEADERS, "true");
        told.setProperty(aQute.bnd.osgi.Constants.REPRODUCIBLE, "true");
        told.stringPropertyNames().forEach(this::requireHarmless);
    }

    /**
     * {@return the instructions}
     *
     * @param before the bundle's manifest as it was; empty for a new one
     */
    static Instructions of(Attributes before, Project project) {
        return new Instructions(before, project);
    }

    /** {@return what to tell bnd} */
    Properties told() {
        return told;
    }

    /** {@return what is wrong with them} */
    List<Problem> problems() {
        return problems;
    }

    private void carry(Set<String> names) {
        before.forEach((name, value) -> {
            if (names.contains(name.toString().toLowerCase(Locale.ROOT))) {
                told.setProperty(name.toString(), value.toString());
            }
        });
    }

    private void take(Properties instructions) {
        for (String key : instructions.stringPropertyNames()) {
            String value = instructions.getProperty(key);
            if (key.equalsIgnoreCase(Constants.EXPORT_PACKAGE)) {
                // as a header it would copy packages of other bundles into this one
                told.merge(aQute.bnd.osgi.Constants.EXPORT_CONTENTS, value, (one, other) -> one + "," + other);
            } else if (key.startsWith("-") && !ALLOWED.matcher(key).matches()
                    || FILLING.matcher(key).matches()) {
                continue;
            } else {
                told.merge(key, value, (one, other) -> key.equals("-exportcontents") ? one + "," + other : other);
            }
        }
    }

    private void requireHarmless(String key) {
        String value = told.getProperty(key);
        if (MACRO.matcher(NAME.matcher(value).replaceAll("")).find()) {
            problems.add(new Problem(
                    true,
                    Project.INSTRUCTIONS,
                    0,
                    0,
                    key + " has a macro that is more than the name of a property, which is not run here: " + value,
                    ""));
        }
    }

    private String text(String name) {
        return before.getOrDefault(new Attributes.Name(name), "").toString();
    }

    static Properties load(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException("Reading from memory failed", e);
        }
        return properties;
    }

    /** With the version that they had, without {@code uses}, which follows from the classes, and not imported if they were not. */
    private String exports() {
        Set<String> imported =
                OSGiHeader.parseHeader(text(Constants.IMPORT_PACKAGE)).keySet();
        Parameters exports = OSGiHeader.parseHeader(text(Constants.EXPORT_PACKAGE));
        exports.forEach((name, attributes) -> {
            attributes.remove(Constants.USES_DIRECTIVE);
            attributes.putIfAbsent(Constants.VERSION_ATTRIBUTE, "0.0.0");
            if (!imported.contains(name)) {
                attributes.put("-noimport:", "true");
            }
        });
        return exports.toString();
    }

    /** What was imported keeps its range and whether it is optional; what is new is worked out. */
    private String imports() {
        Parameters imports = OSGiHeader.parseHeader(text(Constants.IMPORT_PACKAGE));
        imports.put("*", new Attrs());
        return imports.toString();
    }

    /** Puts back what the manifest had and bnd knows nothing of. */
    void complete(Attributes made) {
        made.putValue(BundleBuilder.COMPILER, text(BundleBuilder.COMPILER));
        if (own) {
            return;
        }
        before.forEach((name, value) -> {
            String lower = name.toString().toLowerCase(Locale.ROOT);
            if (!WORKED_OUT.contains(lower) && !lower.endsWith("-digest") && !made.containsKey(name)) {
                made.put(name, value);
            }
        });
        completeCapabilities(made, Constants.REQUIRE_CAPABILITY);
        completeCapabilities(made, Constants.PROVIDE_CAPABILITY);
    }

    /** bnd finds what the classes say; what somebody has written by hand is only in the manifest. */
    private void completeCapabilities(Attributes made, String header) {
        Attributes.Name name = new Attributes.Name(header);
        Parameters all = OSGiHeader.parseHeader(made.getOrDefault(name, "").toString());
        for (Map.Entry<String, Attrs> clause :
                OSGiHeader.parseHeader(text(header)).entrySet()) {
            String namespace = clause.getKey().replace("~", "");
            boolean there = all.entrySet().stream()
                    .anyMatch(one -> one.getKey().replace("~", "").equals(namespace)
                            && one.getValue()
                                    .toString()
                                    .equals(clause.getValue().toString()));
            if (!there && !namespace.equals("osgi.ee")) {
                all.add(namespace, clause.getValue());
            }
        }
        if (!all.isEmpty()) {
            made.put(name, all.toString());
        }
    }
}
