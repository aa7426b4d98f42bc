package io.mainstay.framework.plan;

import io.mainstay.framework.plan.Sharing.Use;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;
import org.osgi.framework.VersionRange;

/**
 * Says which bundles can be swapped: updated without resetting their users. That works where all that users have of a
 * bundle is packages that it imports as well as exports (OSGi Core 8, 3.7.3), and that are the same in its new content:
 * the resolver then wires new code to the packages of the old, which the users have already, and these stay as they are.
 * Immutable.
 */
public final class Swaps {
    /** None. */
    public static final Swaps NONE = new Swaps(Map.of(), Set.of());

    /** So often; each swap leaves a revision behind until the next reset. */
    public static final int MOST = 20;

    private static final String PACKAGE = "osgi.wiring.package";

    private static final Pattern SINGLETON = Pattern.compile("singleton\\s*:=\\s*\"?true");

    private final Map<Digest, Content> contents;
    private final Set<String> without;

    private Swaps(Map<Digest, Content> contents, Set<String> without) {
        this.contents = contents;
        this.without = without;
    }

    /** Knows these contents; what is not among them is not swapped. */
    public static Swaps knowing(Collection<TargetBundle> bundles) {
        Map<Digest, Content> contents = new HashMap<>();
        bundles.forEach(bundle -> contents.put(bundle.entry().content(), bundle.content()));
        return new Swaps(contents, Set.of());
    }

    /** {@return the same, but that these are not swapped, because it was tried} */
    public Swaps without(Set<String> locations) {
        Set<String> all = new HashSet<>(without);
        all.addAll(locations);
        return new Swaps(contents, all);
    }

    /**
     * {@return why a bundle that is updated is not swapped; empty if it is}
     *
     * @param now the bundle, which others use
     */
    Optional<String> whyNot(RunningBundle now, TargetBundle wanted) {
        if (without.contains(now.location())) {
            return Optional.of("the resolver would wire it otherwise, or what many swaps left has to be cleaned");
        }
        if (now.sharing().earlier() >= MOST) {
            return Optional.of("it was swapped " + now.sharing().earlier() + " times, and what that left is cleaned");
        }
        Content before = contents.get(now.content());
        if (before == null || now.foreign()) {
            return Optional.of("what it has now did not come from the store");
        }
        if (isSingleton(before) || isSingleton(wanted.content())) {
            return Optional.of("it is a singleton, of which there cannot be two revisions");
        }
        return now.sharing().uses().stream()
                .map(use -> whyNot(use, before, wanted.content()))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> whyNotUnused(before, wanted.content()));
    }

    /** What nobody uses yet is still there in the old revision: new code, and later users, might get it from there. */
    private static Optional<String> whyNotUnused(Content before, Content after) {
        return StartOrder.names(before, Constants.EXPORT_PACKAGE)
                .filter(name -> !digest(before, name).equals(digest(after, name))
                        || digest(before, name).isEmpty())
                .findFirst()
                .map(name -> "package " + name + " is not the same as before, or cannot be shared");
    }

    private static Optional<String> digest(Content content, String name) {
        return Substitutable.of(content, name).map(Substitutable::digest);
    }

    private static boolean isSingleton(Content content) {
        return SINGLETON
                .matcher(content.headers().getOrDefault(Constants.BUNDLE_SYMBOLICNAME, ""))
                .find();
    }

    private static Optional<String> whyNot(Use use, Content before, Content after) {
        if (!use.namespace().equals(PACKAGE)) {
            return Optional.of("others use its " + use.namespace());
        }
        Optional<Substitutable> old = Substitutable.of(before, use.name());
        Optional<Substitutable> fresh = Substitutable.of(after, use.name());
        if (fresh.isEmpty()) {
            return Optional.of("it does not both export and import package " + use.name() + " on its own");
        }
        if (old.isEmpty() || !old.get().digest().equals(fresh.get().digest())) {
            return Optional.of("package " + use.name() + " is not the same as before");
        }
        if (!fresh.get().versions().includes(use.version())) {
            return Optional.of("it imports package " + use.name() + " "
                    + fresh.get().versions() + ", and its users have " + use.version());
        }
        return Optional.empty();
    }

    private record Substitutable(String digest, VersionRange versions) {
        static Optional<Substitutable> of(Content content, String packageName) {
            return Optional.ofNullable(content.headers().get(Content.SUBSTITUTABLE + packageName))
                    .map(value -> value.split(" ", 2))
                    .map(parts -> new Substitutable(parts[0], VersionRange.valueOf(parts[1])));
        }
    }
}
