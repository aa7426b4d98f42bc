package io.mainstay.intake;

import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.IndexQuery;
import io.mainstay.zip.ZipMember;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Notes in which packages a bundle has classes, exported or not, so that the bundle of a frame of a backtrace is found among
 * all that were ever stored. Not thread-safe.
 */
public final class CodeKeys {
    /** A namespace of our own: no capability is in it. */
    private static final String NAMESPACE = "mainstay.code";

    private static final String SOURCE_NAMESPACE = "mainstay.source";

    /** What is in a jar inside is not looked at. */
    private static final String INSIDE = "*";

    private final Set<String> packages = new TreeSet<>();

    CodeKeys() {}

    void note(ZipMember member) {
        String name = member.name();
        if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
            packages.add(name.substring(0, Math.max(0, name.lastIndexOf('/'))).replace('/', '.'));
        } else if (name.endsWith(".jar") && !name.startsWith("OSGI-OPT/")) {
            packages.add(INSIDE);
        }
    }

    ContentIndex addTo(ContentIndex index, Content content) {
        Set<Key> keys = new HashSet<>(index.keys());
        content.sourceOf().ifPresent(label -> keys.add(new Key(SOURCE_NAMESPACE, label)));
        packages.forEach(name -> keys.add(new Key(NAMESPACE, name)));
        return new ContentIndex(index.document(), keys);
    }

    /** {@return a query for content that has, or may have, classes in a package} */
    public static IndexQuery having(String packageName) {
        return IndexQuery.named(NAMESPACE, Set.of(packageName, INSIDE));
    }

    /** {@return a query for the source bundles of a bundle} */
    public static IndexQuery sourceOf(Content bundle) {
        return IndexQuery.named(SOURCE_NAMESPACE, Set.of(bundle.label()));
    }
}
