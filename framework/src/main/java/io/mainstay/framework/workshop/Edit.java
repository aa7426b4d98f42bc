package io.mainstay.framework.workshop;

import io.mainstay.source.Project;
import java.util.Optional;

/**
 * What somebody has made of a bundle's source.
 *
 * @param base what it was made from; empty for a new bundle
 * @param project what it is now
 */
public record Edit(Optional<Checkout> base, Project project) {
    /** {@return an edit of a bundle that is there} */
    public static Edit of(Checkout base, Project project) {
        return new Edit(Optional.of(base), project);
    }

    /** {@return a bundle that is not there yet} */
    public static Edit fresh(Project project) {
        return new Edit(Optional.empty(), project);
    }

    /** {@return what people call the bundle} */
    public String label() {
        return base.map(checkout -> checkout.entry().label()).orElse("the new bundle");
    }
}
