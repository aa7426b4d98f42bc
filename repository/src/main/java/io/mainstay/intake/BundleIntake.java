package io.mainstay.intake;

import io.mainstay.repository.ResourceIndexer;
import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** Checks bundles before they are stored. Immutable; safe to share between threads. */
public final class BundleIntake {
    /** Possessive, so that an endless name does not exhaust the stack. */
    private static final Pattern SYMBOLIC_NAME = Pattern.compile("[A-Za-z0-9_-]++(?:\\.[A-Za-z0-9_-]++)*+");
    /** What XML 1.0, and so the index of a bundle, cannot hold. */
    private static final Pattern NO_TEXT =
            Pattern.compile("[^\\t\\x{20}-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]");

    /** What the tables of the store hold. */
    private static final int LONGEST_NAME = 1000;

    private static final int LONGEST_VERSION = 250;
    private static final Set<String> SYSTEM_BUNDLE =
            Set.of(Constants.SYSTEM_BUNDLE_SYMBOLICNAME, "org.apache.felix.framework");

    private final IntakeLimits limits;

    /** Makes an intake with these limits. */
    public BundleIntake(IntakeLimits limits) {
        this.limits = limits;
    }

    /**
     * Reads all of a bundle and checks it, at constant memory.
     *
     * @throws RefusedBundleException if it is not sound, or cannot run from the store; the message says why
     * @throws IOException if it cannot be read
     */
    public CheckedBundle check(ContentSource source) throws IOException {
        Supplements supplements = new Supplements();
        SubstitutablePackages packages = packages(source);
        CodeKeys code = new CodeKeys();
        Manifest manifest = SoundJar.read(source, limits, member -> {
                    code.note(member);
                    return packages.taker(member).orElseGet(() -> supplements.taker(member));
                })
                .orElseThrow(() -> notABundle(source, "it has no META-INF/MANIFEST.MF"));
        Map<String, String> headers = headers(source, manifest);
        supplements.addTo(source, headers);
        packages.addTo(headers);
        Content content = describe(source, headers);
        refuseWhatCannotRun(source, headers);
        return new CheckedBundle(content, source, code.addTo(index(source, content), content));
    }

    /**
     * Checks bundles, as many at a time as there are processors.
     *
     * @param progress told, on the caller's thread, how many of them are done
     * @return what {@link #check(ContentSource)} returns of each, in their order
     * @throws RefusedBundleException if one of them is refused: of several, the first
     * @throws IOException if one cannot be read, or the caller is interrupted
     */
    public List<CheckedBundle> check(List<ContentSource> sources, Progress progress) throws IOException {
        try (Checkers checkers = new Checkers(sources.size())) {
            List<Future<CheckedBundle>> asked = sources.stream()
                    .map(source -> checkers.ask(() -> check(source)))
                    .toList();
            List<CheckedBundle> checked = new ArrayList<>();
            for (Future<CheckedBundle> one : asked) {
                progress.update(checked.size(), asked.size());
                checked.add(Checkers.answer(one));
            }
            return checked;
        }
    }

    /**
     * Checks a jar that need not be a bundle.
     *
     * @throws RefusedBundleException if it is not sound, or too large
     * @throws IOException if it cannot be read
     */
    public void requireSoundJar(ContentSource source) throws IOException {
        SoundJar.read(source, limits, member -> OutputStream.nullOutputStream());
    }

    /** What cannot be read so far is refused in a moment, by who says why. */
    private static SubstitutablePackages packages(ContentSource source) throws IOException {
        try {
            return SubstitutablePackages.of(SoundJar.manifest(source));
        } catch (RuntimeException e) {
            return SubstitutablePackages.of(Optional.empty());
        }
    }

    private static Map<String, String> headers(ContentSource source, Manifest manifest) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        manifest.getMainAttributes().forEach((name, value) -> headers.put(name.toString(), value.toString()));
        headers.forEach((name, value) -> {
            Matcher noText = NO_TEXT.matcher(value);
            if (noText.find()) {
                throw refuse(
                        source,
                        String.format(
                                "its header %s has the character U+%04X, which is no text",
                                name, (int) noText.group().charAt(0)));
            }
        });
        return headers;
    }

    private static Content describe(ContentSource source, Map<String, String> headers) throws IOException {
        String name = Optional.ofNullable(headers.get(Constants.BUNDLE_SYMBOLICNAME))
                .map(header -> header.split(";", 2)[0].strip())
                .orElseThrow(() -> notABundle(source, "its manifest has no Bundle-SymbolicName"));
        refuseLonger(source, Constants.BUNDLE_SYMBOLICNAME, name, LONGEST_NAME);
        if (!SYMBOLIC_NAME.matcher(name).matches()) {
            throw refuse(source, "its Bundle-SymbolicName '" + name + "' is not one (OSGi Core 8, 1.3.2)");
        }
        String manifestVersion =
                headers.getOrDefault(Constants.BUNDLE_MANIFESTVERSION, "").strip();
        if (!manifestVersion.equals("2")) {
            throw refuse(
                    source,
                    "its Bundle-ManifestVersion is "
                            + (manifestVersion.isEmpty() ? "missing" : "'" + manifestVersion + "'")
                            + "; only 2 is supported. If it is a plain jar, --wrap makes it a bundle");
        }
        String version = headers.getOrDefault(Constants.BUNDLE_VERSION, "0").strip();
        refuseLonger(source, Constants.BUNDLE_VERSION, version, LONGEST_VERSION);
        try {
            return new Content(hash(source), source.sizeBytes(), name, Version.parseVersion(version), headers);
        } catch (IllegalArgumentException e) {
            throw new RefusedBundleException(
                    source.name(), "its Bundle-Version '" + version + "' is not one: " + e.getMessage(), e);
        }
    }

    private static void refuseLonger(ContentSource source, String header, String value, int longest) {
        if (value.length() > longest) {
            throw refuse(source, "its " + header + " has " + value.length() + " characters, the limit is " + longest);
        }
    }

    /** Headers that bnd cannot read end in whatever it ran into. */
    private static ContentIndex index(ContentSource source, Content content) {
        try {
            return ResourceIndexer.index(content);
        } catch (RuntimeException e) {
            throw new RefusedBundleException(source.name(), "its headers cannot be understood: " + e.getMessage(), e);
        }
    }

    private static Digest hash(ContentSource source) throws IOException {
        MessageDigest hash = Digest.algorithm();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = source.open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hash.update(buffer, 0, count);
            }
        }
        return Digest.finish(hash.digest());
    }

    /** Extensions become part of the framework's own class path, which exists before any bundle is read. */
    private static void refuseWhatCannotRun(ContentSource source, Map<String, String> headers) {
        String host = headers.getOrDefault(Constants.FRAGMENT_HOST, "")
                .split(";", 2)[0]
                .strip();
        if (SYSTEM_BUNDLE.contains(host)) {
            throw refuse(
                    source,
                    "it is a framework extension (Fragment-Host: " + host
                            + "), which cannot be taken from a database into a running framework; put it on the class path"
                            + " of the launcher and export its packages with org.osgi.framework.system.packages.extra");
        }
    }

    private static RefusedBundleException notABundle(ContentSource source, String finding) {
        return refuse(source, finding + ", so it is no bundle; --wrap makes one of it");
    }

    private static RefusedBundleException refuse(ContentSource source, String finding) {
        return new RefusedBundleException(source.name(), finding);
    }
}
