package io.mainstay.framework.apply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.resource.Namespace;

/**
 * Says why bundles do not resolve: the root first. A root is a requirement that nothing at all provides; what merely
 * depends on a bundle with such a requirement is not worth a line.
 */
final class ResolveProblems {
    private ResolveProblems() {}

    /** {@return a sentence for each root, or what Felix says where there is none; empty if all are resolved} */
    static List<String> of(BundleContext system, Collection<Bundle> bundles) {
        List<Bundle> unresolved = bundles.stream()
                .filter(bundle -> bundle.getState() == Bundle.INSTALLED)
                .sorted(Comparator.comparing(Bundle::getLocation))
                .toList();
        if (unresolved.isEmpty()) {
            return List.of();
        }
        List<BundleCapability> capabilities = new ArrayList<>();
        for (Bundle bundle : system.getBundles()) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            if (revision != null) {
                capabilities.addAll(revision.getDeclaredCapabilities(null));
            }
        }
        List<String> problems = new ArrayList<>();
        for (Bundle bundle : unresolved) {
            for (BundleRequirement requirement :
                    bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
                if (mandatory(requirement)
                        && capabilities.stream().noneMatch(one -> Matching.meets(one, requirement))) {
                    problems.add(label(bundle) + " needs " + describe(requirement) + ", which nothing provides; "
                            + instead(requirement, capabilities));
                }
            }
        }
        if (problems.isEmpty()) {
            unresolved.forEach(bundle -> problems.add(label(bundle) + " does not resolve: " + whatFelixSays(bundle)));
        }
        return problems;
    }

    private static boolean mandatory(BundleRequirement requirement) {
        Map<String, String> directives = requirement.getDirectives();
        return !Namespace.RESOLUTION_OPTIONAL.equals(directives.get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE))
                && !"dynamic".equals(directives.get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE))
                && Namespace.EFFECTIVE_RESOLVE.equals(directives.getOrDefault(
                        Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE, Namespace.EFFECTIVE_RESOLVE));
    }

    private static String describe(BundleRequirement requirement) {
        String filter = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        String name = name(requirement);
        return switch (requirement.getNamespace()) {
            case PackageNamespace.PACKAGE_NAMESPACE -> "package " + name + range(filter) + attributes(filter);
            case "osgi.wiring.bundle" -> "bundle " + name + range(filter) + attributes(filter);
            case "osgi.wiring.host" -> "host bundle " + name + range(filter) + attributes(filter);
            default -> requirement.getNamespace() + " " + filter;
        };
    }

    /** What is asked for besides a name and versions: {@code partial=true}. */
    private static String attributes(String filter) {
        List<String> others = new ArrayList<>();
        java.util.regex.Matcher terms =
                java.util.regex.Pattern.compile("\\(([^()<>=~]+)=([^()]*)\\)").matcher(filter);
        while (terms.find()) {
            if (!terms.group(1).startsWith("osgi.wiring.") && !terms.group(1).endsWith("version")) {
                others.add(terms.group(1) + "=" + terms.group(2));
            }
        }
        return others.isEmpty() ? "" : " with " + String.join(", ", others);
    }

    private static String name(BundleRequirement requirement) {
        String filter = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        java.util.regex.Matcher name = java.util.regex.Pattern.compile(
                        "\\(" + java.util.regex.Pattern.quote(requirement.getNamespace()) + "=([^)]*)\\)")
                .matcher(filter);
        return name.find() ? name.group(1) : "";
    }

    private static String range(String filter) {
        java.util.regex.Matcher from =
                java.util.regex.Pattern.compile("version>=([^)]*)\\)").matcher(filter);
        java.util.regex.Matcher to = java.util.regex.Pattern.compile("!\\([a-z-]*version>=([^)]*)\\)")
                .matcher(filter);
        boolean upper = to.find();
        String lower = from.find() ? from.group(1) : "";
        if (upper && lower.equals(to.group(1))) {
            return " below " + to.group(1);
        }
        return (lower.isEmpty() ? "" : " from " + lower) + (upper ? " to below " + to.group(1) : "");
    }

    /** What exists instead, and what to do next. */
    private static String instead(BundleRequirement requirement, List<BundleCapability> capabilities) {
        String name = name(requirement);
        TreeSet<String> others = new TreeSet<>();
        for (BundleCapability capability : capabilities) {
            if (capability.getNamespace().equals(requirement.getNamespace())
                    && !name.isEmpty()
                    && name.equals(String.valueOf(capability.getAttributes().get(requirement.getNamespace())))) {
                Object version = capability
                        .getAttributes()
                        .getOrDefault(
                                Constants.VERSION_ATTRIBUTE,
                                capability.getAttributes().get(Constants.BUNDLE_VERSION_ATTRIBUTE));
                others.add(version + " by " + label(capability.getRevision().getBundle()));
            }
        }
        return others.isEmpty()
                ? "deploy a bundle that provides it in the same change"
                : "there is " + String.join(", ", others.stream().limit(3).toList())
                        + "; deploy a version that fits in the same change";
    }

    /** Felix tells why only to who needs a class: so ask for one that is not there. */
    private static String whatFelixSays(Bundle bundle) {
        try {
            return "it is resolved now, and has " + bundle.loadClass("mainstay.asks.why");
        } catch (ClassNotFoundException e) {
            Throwable why = e.getCause() == null ? e : e.getCause(); // its own message is the name of the class
            return String.valueOf(why.getMessage()).replaceAll("\\s*\\R\\s*", " ");
        }
    }

    private static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }
}
