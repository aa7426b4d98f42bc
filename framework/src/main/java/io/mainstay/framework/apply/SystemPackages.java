package io.mainstay.framework.apply;

import io.mainstay.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;
import org.osgi.service.repository.Repository;
import org.osgi.util.function.Function;
import org.osgi.util.promise.Promise;

/**
 * What the system bundle exports besides Java and Felix: our API, and the specifications that it speaks in. Read from
 * the manifests that bnd made of those jars, so that packages and versions are typed once.
 */
public final class SystemPackages {
    /** One class of each of those jars. */
    private static final List<Class<?>> ANCHORS =
            List.of(Store.class, SystemPackages.class, Repository.class, Promise.class, Function.class);

    /** Read once: it says the same for as long as the process lives, and a dry run asks for it each time. */
    private static final class Header {
        static final String TEXT = read();
    }

    private SystemPackages() {}

    /** {@return framework properties with our packages added to those that the host exports} */
    public static Map<String, String> addTo(Map<String, String> configuration) {
        Map<String, String> properties = new HashMap<>(configuration);
        properties.merge(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, Header.TEXT, (theirs, ours) -> theirs + "," + ours);
        return properties;
    }

    private static String read() {
        Map<String, String> byJar = new TreeMap<>();
        for (Class<?> anchor : ANCHORS) {
            URL place = anchor.getProtectionDomain().getCodeSource().getLocation();
            try (InputStream in = manifest(place).openStream()) {
                Attributes headers = new Manifest(in).getMainAttributes();
                byJar.put(headers.getValue(Constants.BUNDLE_SYMBOLICNAME), headers.getValue(Constants.EXPORT_PACKAGE));
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot read the manifest of " + place, e);
            }
        }
        return String.join(",", byJar.values());
    }

    private static URL manifest(URL place) throws IOException {
        return new URL(
                place.getPath().endsWith("/")
                        ? place + JarFile.MANIFEST_NAME
                        : "jar:" + place + "!/" + JarFile.MANIFEST_NAME);
    }

    /** {@return the version that bnd gave this jar; {@code unknown} outside a build} */
    public static String version() {
        String version = SystemPackages.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }
}
