package io.mainstay.framework.plan;

import java.util.List;
import org.osgi.framework.Version;

/**
 * How others use what a bundle offers.
 *
 * @param uses one for each wire that leads from another bundle to this one, to revisions before the current one too
 * @param earlier how many revisions before the current one there still are, because somebody is wired to the first
 */
public record Sharing(List<Use> uses, int earlier) {
    /** Nobody uses it. */
    public static final Sharing NONE = new Sharing(List.of(), 0);

    /** Copies. */
    public Sharing {
        uses = List.copyOf(uses);
    }

    /**
     * A use.
     *
     * @param user the location of the bundle that uses it
     * @param namespace what kind of thing it uses
     * @param name the name of that: of a package, where it is one
     * @param version the version of the package that it has
     */
    public record Use(String user, String namespace, String name, Version version) {}
}
