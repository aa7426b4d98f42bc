package io.mainstay.framework.apply;

import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;

/**
 * Finds the header that Felix does not understand, which it does not name: by bundles that have one of them each. Of a
 * bundle that is in order, all can be installed.
 */
final class HeaderProbe {
    private static final int LONGEST = 80;

    private HeaderProbe() {}

    /** Installs a bundle. */
    @FunctionalInterface
    interface Installation {
        void of(TargetBundle bundle) throws BundleException;
    }

    /** {@return bundles with one header each; their locations are the names of the headers} */
    static List<TargetBundle> of(TargetBundle bundle) {
        return bundle.content().headers().entrySet().stream()
                .filter(header -> header.getKey().indexOf('/') < 0)
                .filter(header -> !header.getKey().equalsIgnoreCase(Constants.BUNDLE_SYMBOLICNAME))
                .map(header -> probe(bundle, header.getKey(), header.getValue()))
                .toList();
    }

    private static TargetBundle probe(TargetBundle bundle, String header, String value) {
        Map<String, String> headers = header.equalsIgnoreCase(Constants.BUNDLE_MANIFESTVERSION)
                ? Map.of(header, value, Constants.BUNDLE_SYMBOLICNAME, header)
                : Map.of(Constants.BUNDLE_MANIFESTVERSION, "2", Constants.BUNDLE_SYMBOLICNAME, header, header, value);
        Digest digest = Digest.of(header.getBytes(StandardCharsets.UTF_8));
        Content content = new Content(digest, 0, header, bundle.entry().version(), headers);
        return new TargetBundle(new GenerationEntry(header, header, content.version(), digest, 1), content);
    }

    /** {@return what to tell of the first that cannot be installed} */
    static Optional<String> fault(TargetBundle bundle, List<TargetBundle> probes, Installation installation) {
        for (TargetBundle probe : probes) {
            try {
                installation.of(probe);
            } catch (BundleException e) {
                return Optional.of(sentence(bundle, probe.location(), e));
            }
        }
        return Optional.empty();
    }

    private static String sentence(TargetBundle bundle, String header, BundleException failure) {
        String value = bundle.content().headers().get(header).replaceAll("\\s+", " ");
        String felix = Causes.oneLine(failure);
        return bundle.entry().label() + " has a header that OSGi does not allow: " + header + ": "
                + (value.length() <= LONGEST ? value : value.substring(0, LONGEST) + "…")
                + (felix.contains("Exception") ? "" : " (" + felix.replaceAll("[.]$", "") + ")")
                + "; correct its manifest";
    }
}
