package io.mainstay.framework.apply;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;

/**
 * What the system bundle exports besides Java and Felix: our API, and the specifications that it speaks in. Read from
 * the manifests that bnd made of those jars, so that packages and versions are typed once.
 */
public final class SystemPackages {
    private static final Set<String> JARS = Set.of(
            "io.mainstay.repository",
            "io.mainstay.framework",
            "org.osgi.service.repository",
            "org.osgi.util.promise",
            "org.osgi.util.function");

    private SystemPackages() {}

    /** {@return framework properties with our packages added to those that the host exports} */
    public static Map<String, String> addTo(Map<String, String> configuration) {
        Map<String, String> properties = new HashMap<>(configuration);
        properties.merge(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, header(), (theirs, ours) -> theirs + "," + ours);
        return properties;
    }

    private static String header() {
        Map<String, String> byJar = new TreeMap<>();
        try {
            for (URL url :
                    Collections.list(SystemPackages.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
                try (InputStream in = url.openStream()) {
                    Attributes headers = new Manifest(in).getMainAttributes();
                    String name = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
                    String exports = headers.getValue(Constants.EXPORT_PACKAGE);
                    if (name != null && exports != null && JARS.contains(name.split(";", 2)[0].strip())) {
                        byJar.putIfAbsent(name, exports);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the manifests of the class path", e);
        }
        StringJoiner header = new StringJoiner(",");
        byJar.values().forEach(header::add);
        return header.toString();
    }

    /** {@return the version that bnd gave this jar; {@code unknown} outside a build} */
    public static String version() {
        String version = SystemPackages.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }
}
