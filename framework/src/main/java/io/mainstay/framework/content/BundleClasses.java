package io.mainstay.framework.content;

import io.mainstay.source.ClassPath;
import io.mainstay.zip.PackedJar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/** The classes of a bundle, all of its Bundle-ClassPath (OSGI Core 8, 3.9.2). Immutable; thread-safe. */
public final class BundleClasses implements ClassPath.Classes {
    private static final String CLASS = ".class";
    private static final String VERSIONS = "META-INF/versions/";
    private static final int FIRST_RELEASE = 8;
    private static final Pattern MULTI_RELEASE = Pattern.compile("(?mi)^Multi-Release: *true");

    private final Map<String, Map<String, Supplier<byte[]>>> byPackage = new HashMap<>();
    private final List<Place> places = new ArrayList<>();

    /** One element of a Bundle-ClassPath. */
    private record Place(PackedJar jar, String root) {}

    /** Indexes a jar by its Bundle-ClassPath. */
    public BundleClasses(PackedJar jar, Map<String, String> headers) {
        for (String element :
                headers.getOrDefault(Constants.BUNDLE_CLASSPATH, ".").split(",")) {
            String path = element.split(";", 2)[0].strip().replaceFirst("^/(?=.)", "");
            jar.nested(path).ifPresentOrElse(inner -> add(inner, ""), () -> add(jar, root(path)));
        }
    }

    private static String root(String path) {
        String relative = path.replaceFirst("^\\.?/?", "");
        return relative.isEmpty() || relative.endsWith("/") ? relative : relative + "/";
    }

    private void add(PackedJar jar, String root) {
        places.add(new Place(jar, root));
        if (isMultiRelease(jar)) {
            for (int release = Runtime.version().feature(); release > FIRST_RELEASE; release--) {
                index(jar, root + VERSIONS + release + "/");
            }
        }
        index(jar, root);
    }

    /** As Felix and the JDK do: what is there for this Java goes before what is there for all. */
    private static boolean isMultiRelease(PackedJar jar) {
        return jar.find("META-INF/MANIFEST.MF")
                .map(member -> new String(jar.expand(member), StandardCharsets.UTF_8))
                .filter(manifest -> MULTI_RELEASE.matcher(manifest).find())
                .isPresent();
    }

    private void index(PackedJar jar, String root) {
        for (String name : jar.names()) {
            if (name.startsWith(root) && name.endsWith(CLASS) && !name.startsWith("META-INF/", root.length())) {
                String path = name.substring(root.length(), name.length() - CLASS.length());
                int end = path.lastIndexOf('/');
                byPackage
                        .computeIfAbsent(
                                end < 0 ? "" : path.substring(0, end).replace('/', '.'), key -> new HashMap<>())
                        .putIfAbsent(
                                path.substring(end + 1),
                                () -> jar.expand(jar.find(name).orElseThrow()));
            }
        }
    }

    @Override
    public Map<String, Supplier<byte[]>> of(String packageName) {
        return byPackage.getOrDefault(packageName, Map.of());
    }

    /** {@return the names of the packages that have classes} */
    public Set<String> packages() {
        return Collections.unmodifiableSet(byPackage.keySet());
    }

    /** {@return the class file of a class, by its binary name} */
    public Optional<byte[]> find(String className) {
        int end = className.lastIndexOf('.');
        return Optional.ofNullable(of(className.substring(0, Math.max(0, end))).get(className.substring(end + 1)))
                .map(Supplier::get);
    }

    /** {@return a file on the Bundle-ClassPath, by its path} */
    public Optional<byte[]> resource(String path) {
        return places.stream()
                .flatMap(place -> place.jar().find(place.root() + path).map(place.jar()::expand).stream())
                .findFirst();
    }
}
