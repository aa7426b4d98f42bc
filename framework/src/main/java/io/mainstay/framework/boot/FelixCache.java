package io.mainstay.framework.boot;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * Finds the bytes of bundles that came past the store. Felix keeps them in {@code bundle<id>/version<n>.<m>/bundle.jar} of
 * its storage, and offers no other way to them: what a bundle tells of its entries cannot be put together to the same
 * jar.
 */
final class FelixCache {
    private static final Pattern VERSION = Pattern.compile("version(\\d+)\\.(\\d+)");

    private final Path storage;

    FelixCache(BundleContext system) {
        this.storage = Path.of(system.getProperty(Constants.FRAMEWORK_STORAGE));
    }

    /** {@return the jar of the bundle's last update; empty if Felix has none, as for a folder or {@code reference:}} */
    Optional<Path> jar(Bundle bundle) {
        Path folder = storage.resolve("bundle" + bundle.getBundleId());
        try (Stream<Path> versions = Files.list(folder)) {
            return versions.filter(version ->
                            VERSION.matcher(version.getFileName().toString()).matches())
                    .max(Comparator.comparingLong((Path version) -> number(version, 1))
                            .thenComparingLong(version -> number(version, 2)))
                    .map(version -> version.resolve("bundle.jar"))
                    .filter(Files::isRegularFile);
        } catch (java.nio.file.NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + folder + File.separator, e);
        }
    }

    private static long number(Path version, int group) {
        Matcher matcher = VERSION.matcher(version.getFileName().toString());
        return matcher.matches() ? Long.parseLong(matcher.group(group)) : -1;
    }
}
