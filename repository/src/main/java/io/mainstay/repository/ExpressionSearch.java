package io.mainstay.repository;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.service.repository.AndExpression;
import org.osgi.service.repository.IdentityExpression;
import org.osgi.service.repository.NotExpression;
import org.osgi.service.repository.OrExpression;
import org.osgi.service.repository.RequirementExpression;

/**
 * Finds the resources that an expression describes (Compendium 132.4). bnd's own search holds conjunctions to rules for
 * effective directives that it does not hold single requirements to, so that their order mattered.
 */
final class ExpressionSearch {
    private final Function<Requirement, Collection<Resource>> providers;
    private final Requirement everything;

    /** @param everything a requirement that each resource meets */
    ExpressionSearch(Function<Requirement, Collection<Resource>> providers, Requirement everything) {
        this.providers = providers;
        this.everything = everything;
    }

    Set<Resource> find(RequirementExpression expression) {
        if (expression instanceof IdentityExpression identity) {
            return new HashSet<>(providers.apply(identity.getRequirement()));
        } else if (expression instanceof OrExpression or) {
            Set<Resource> found = new HashSet<>();
            or.getRequirementExpressions().forEach(branch -> found.addAll(find(branch)));
            return found;
        }
        Set<Resource> found = candidates(expression);
        found.removeIf(resource -> !holds(expression, resource));
        return found;
    }

    /** Some resources, among which are all that {@code expression} holds for. */
    private Set<Resource> candidates(RequirementExpression expression) {
        if (expression instanceof AndExpression and) {
            List<RequirementExpression> parts = and.getRequirementExpressions();
            return parts.stream()
                    .filter(part -> !(part instanceof NotExpression))
                    .findFirst()
                    .map(this::find)
                    .orElseGet(this::all);
        }
        return all();
    }

    private Set<Resource> all() {
        return new HashSet<>(providers.apply(everything));
    }

    private static boolean holds(RequirementExpression expression, Resource resource) {
        if (expression instanceof IdentityExpression identity) {
            return new RequirementMatcher(identity.getRequirement()).matches(resource);
        } else if (expression instanceof OrExpression or) {
            return or.getRequirementExpressions().stream().anyMatch(part -> holds(part, resource));
        } else if (expression instanceof AndExpression and) {
            return and.getRequirementExpressions().stream().allMatch(part -> holds(part, resource));
        } else if (expression instanceof NotExpression not) {
            return !holds(not.getRequirementExpression(), resource);
        }
        throw new IllegalArgumentException("Not an expression of Compendium 132.4: " + expression);
    }
}
