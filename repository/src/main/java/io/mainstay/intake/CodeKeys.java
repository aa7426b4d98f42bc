package io.mainstay.intake;

import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.Digest;
import io.mainstay.store.IndexQuery;
import io.mainstay.zip.ZipMember;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

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

    private static final Pattern VERSIONS = Pattern.compile("^META-INF/versions/\\d+/");

    /** The folders that have classes. */
    private final Set<String> folders = new TreeSet<>();

    private boolean inside;

    CodeKeys() {}

    void note(ZipMember member) {
        String name = VERSIONS.matcher(member.name()).replaceFirst("");
        if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
            folders.add(name.substring(0, name.lastIndexOf('/') + 1));
        } else if (name.endsWith(".jar") && !name.startsWith("OSGI-OPT/")) {
            inside = true;
        }
    }

    ContentIndex addTo(ContentIndex index, Content content) {
        Set<Key> keys = new HashSet<>(index.keys());
        content.sourceOf().ifPresent(label -> keys.add(new Key(SOURCE_NAMESPACE, label)));
        content.sourceOfContent().ifPresent(digest -> keys.add(new Key(SOURCE_NAMESPACE, digest.hex())));
        for (String element :
                content.headers().getOrDefault(Constants.BUNDLE_CLASSPATH, ".").split(",")) {
            String path = element.split(";", 2)[0].strip().replaceFirst("^\\.?/?", "");
            String root = path.isEmpty() || path.endsWith("/") ? path : path + "/";
            folders.stream()
                    .filter(folder -> folder.startsWith(root))
                    .map(folder -> folder.substring(root.length()))
                    .map(folder -> folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1))
                    .forEach(folder -> keys.add(new Key(NAMESPACE, folder.replace('/', '.'))));
            inside |= !path.isEmpty() && folders.stream().noneMatch(folder -> folder.startsWith(root));
        }
        if (inside) {
            keys.add(new Key(NAMESPACE, INSIDE));
        }
        return new ContentIndex(index.document(), keys);
    }

    /** {@return a query for content that has, or may have, classes in a package} */
    public static IndexQuery having(String packageName) {
        return IndexQuery.named(NAMESPACE, Set.of(packageName, INSIDE));
    }

    /** {@return a query for the source bundles that were attached to a content} */
    public static IndexQuery sourceOf(Digest content) {
        return IndexQuery.named(SOURCE_NAMESPACE, Set.of(content.hex()));
    }

    /** {@return a query for the source bundles of any bundle of a name and version} */
    public static IndexQuery sourceOf(String label) {
        return IndexQuery.named(SOURCE_NAMESPACE, Set.of(label));
    }
}
