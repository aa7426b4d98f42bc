package io.mainstay.repository;

import io.mainstay.store.IndexQuery;
import java.util.Optional;
import java.util.regex.Pattern;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.namespace.AbstractWiringNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;

/** A requirement, made ready to be held against many capabilities. Immutable. */
final class RequirementMatcher {
    private final String namespace;
    private final String text;
    private final Optional<Filter> filter;

    /** @throws IllegalArgumentException if the requirement's filter is broken */
    RequirementMatcher(Requirement requirement) {
        this.namespace = requirement.getNamespace();
        this.text = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        try {
            this.filter = text.isBlank() ? Optional.empty() : Optional.of(FrameworkUtil.createFilter(text));
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException("The filter of " + requirement + " is broken: " + e.getMessage(), e);
        }
    }

    /** {@return what to ask the index: it may name too many resources, never too few} */
    IndexQuery query() {
        return FilterKeys.query(namespace, text);
    }

    boolean matches(Resource resource) {
        return resource.getCapabilities(namespace).stream().anyMatch(this::matches);
    }

    boolean matches(Capability capability) {
        return capability.getNamespace().equals(namespace)
                && (filter.isEmpty() || filter.get().matches(capability.getAttributes()))
                && mandatoryAttributesAreNamed(capability);
    }

    /** OSGi Core 8, 7.7: wiring namespaces may ask that a filter names certain attributes. */
    private boolean mandatoryAttributesAreNamed(Capability capability) {
        if (!namespace.startsWith("osgi.wiring.")) {
            return true;
        }
        String mandatory =
                capability.getDirectives().getOrDefault(AbstractWiringNamespace.CAPABILITY_MANDATORY_DIRECTIVE, "");
        for (String attribute : mandatory.split(",")) {
            if (!attribute.isBlank()
                    && !Pattern.compile("\\(\\s*" + Pattern.quote(attribute.strip()) + "\\s*[=<>~]")
                            .matcher(text)
                            .find()) {
                return false;
            }
        }
        return true;
    }
}
