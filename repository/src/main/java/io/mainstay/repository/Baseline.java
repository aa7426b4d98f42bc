package io.mainstay.repository;

import aQute.bnd.header.Attrs;
import aQute.bnd.header.OSGiHeader;
import aQute.bnd.header.Parameters;
import aQute.bnd.osgi.Processor;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Content;
import io.mainstay.store.ContentCorruptException;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Contents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * Compares what a bundle exports with what is live, by the rules of bnd's baseline: a change that breaks users of a
 * package, or implementers of its types, needs a higher major version of the package; taking a package away needs a
 * higher major version of the bundle. As with bnd, versions below 1.0.0 promise nothing.
 *
 * <p>Only what can matter is read: nothing, where versions alone say that all is well. Thread-safe; may block on the
 * store.
 */
public final class Baseline {
    private final Contents contents;

    /** Makes a baseline over what is stored in {@code contents}. */
    public Baseline(Contents contents) {
        this.contents = contents;
    }

    /**
     * One promise that is broken.
     *
     * @param packageName the package
     * @param live its version in what is live
     * @param next its version in what is to come; empty if it is gone
     * @param differences what breaks users, the most telling first; empty if the package is gone
     */
    public record Breach(String packageName, Version live, Optional<Version> next, List<String> differences) {
        /** Copies. */
        public Breach {
            differences = List.copyOf(differences);
        }
    }

    /**
     * What was found.
     *
     * @param breaches the promises that are broken; empty if none is
     * @param unknown why the packages could not be compared; empty if they were
     */
    public record Finding(List<Breach> breaches, Optional<String> unknown) {
        private static final Finding SOUND = new Finding(List.of(), Optional.empty());

        /** Copies. */
        public Finding {
            breaches = List.copyOf(breaches);
        }
    }

    /**
     * Compares a bundle with the content that it takes the place of. Code that cannot be read is no exception, but
     * unknown.
     */
    public Finding compare(Content live, CheckedBundle next) {
        List<Breach> gone;
        try {
            gone = gone(live, exports(live), next.content(), exports(next.content()));
        } catch (IllegalArgumentException e) {
            return unknown(live, next, String.valueOf(e.getMessage()));
        }
        Finding kept = compare(live, next, exports(live).keySet());
        List<Breach> all = new ArrayList<>(gone);
        all.addAll(kept.breaches());
        return new Finding(all, kept.unknown());
    }

    /**
     * Compares packages of a bundle with those of the same names in content that is live, whatever bundle that is of.
     * Packages that one of them does not export are left out.
     */
    public Finding compare(Content live, CheckedBundle next, Set<String> packages) {
        try {
            SortedMap<String, Version> before = exports(live);
            SortedMap<String, Version> after = exports(next.content());
            List<Breach> breaches = new ArrayList<>();
            before.keySet().retainAll(packages);
            before.keySet().retainAll(after.keySet());
            before.entrySet()
                    .removeIf(one -> promisesNothing(one.getValue())
                            || after.get(one.getKey()).getMajor()
                                    > one.getValue().getMajor());
            if (before.isEmpty()) {
                return breaches.isEmpty() ? Finding.SOUND : new Finding(breaches, Optional.empty());
            }
            PackageTree older = PackageTree.read(
                    live.headers(), before.keySet(), new ByteArrayInputStream(contents.read(live.digest())));
            PackageTree newer = PackageTree.read(
                    next.content().headers(), before.keySet(), next.source().open());
            before.forEach((name, version) -> {
                List<String> differences = newer.breaks(older, name);
                if (!differences.isEmpty()) {
                    breaches.add(new Breach(name, version, Optional.of(after.get(name)), differences));
                }
            });
            return new Finding(breaches, Optional.empty());
        } catch (ContentMissingException | ContentCorruptException e) {
            return unknown(live, next, e.getMessage());
        } catch (IOException | IllegalArgumentException e) {
            return unknown(live, next, String.valueOf(e.getMessage()));
        }
    }

    /** {@return the exported packages as {@link #compare} sees them; none where they cannot be understood} */
    public static SortedMap<String, Version> exportsOf(Content content) {
        try {
            return exports(content);
        } catch (IllegalArgumentException e) {
            return new TreeMap<>();
        }
    }

    private static Finding unknown(Content live, CheckedBundle next, String why) {
        return new Finding(
                List.of(),
                Optional.of("Whether " + next.content().label() + " breaks users of " + live.label() + " is not known: "
                        + why));
    }

    private static List<Breach> gone(
            Content live, Map<String, Version> before, Content next, Map<String, Version> after) {
        if (promisesNothing(live.version())
                || next.version().getMajor() > live.version().getMajor()) {
            return List.of();
        }
        return before.entrySet().stream()
                .filter(one -> !after.containsKey(one.getKey()) && !promisesNothing(one.getValue()))
                .map(one -> new Breach(one.getKey(), one.getValue(), Optional.empty(), List.of()))
                .toList();
    }

    private static boolean promisesNothing(Version version) {
        return version.getMajor() == 0;
    }

    /**
     * {@return the exported packages; of one that is exported twice, the highest version}
     *
     * @throws IllegalArgumentException if a version is none
     */
    private static SortedMap<String, Version> exports(Content content) {
        SortedMap<String, Version> exports = new TreeMap<>();
        Parameters clauses = OSGiHeader.parseHeader(content.headers().get(Constants.EXPORT_PACKAGE));
        for (Map.Entry<String, Attrs> clause : clauses.entrySet()) {
            String version = clause.getValue().get(Constants.VERSION_ATTRIBUTE);
            exports.merge(
                    Processor.removeDuplicateMarker(clause.getKey()),
                    Version.parseVersion(version == null ? null : version.strip()),
                    (one, other) -> one.compareTo(other) > 0 ? one : other);
        }
        return exports;
    }
}
