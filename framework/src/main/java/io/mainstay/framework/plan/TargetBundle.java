package io.mainstay.framework.plan;

import io.mainstay.store.Content;
import io.mainstay.store.GenerationEntry;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;

/**
 * A bundle as a generation wants it.
 *
 * @param entry what the generation says
 * @param content what is known of its content
 */
public record TargetBundle(GenerationEntry entry, Content content) {
    private static final Pattern HOST_RANGE = Pattern.compile(";\\s*bundle-version\\s*=\\s*\"?([^\";]+)");

    /** {@return where it goes} */
    public String location() {
        return entry.location();
    }

    /** {@return the symbolic name of its host; empty if it is no fragment} */
    public Optional<String> fragmentHost() {
        return hostHeader().map(TargetBundle::hostName);
    }

    /** {@return its header Fragment-Host; empty if it is no fragment} */
    public Optional<String> hostHeader() {
        return Optional.ofNullable(content.headers().get(Constants.FRAGMENT_HOST));
    }

    private static String hostName(String hostHeader) {
        return hostHeader.split(";", 2)[0].strip();
    }

    /** {@return whether it is a fragment for a bundle of this name and version (OSGi Core 8, 3.14)} */
    boolean isFragmentOf(String symbolicName, Version version) {
        return hostHeader()
                .filter(header -> isMeant(header, symbolicName, version))
                .isPresent();
    }

    /** {@return whether it is a host that a fragment with this header is for (OSGi Core 8, 3.14)} */
    public boolean isHostFor(String hostHeader) {
        return !isFragment() && isMeant(hostHeader, entry.symbolicName(), entry.version());
    }

    private static boolean isMeant(String hostHeader, String symbolicName, Version version) {
        Matcher range = HOST_RANGE.matcher(hostHeader);
        return hostName(hostHeader).equals(symbolicName) && (!range.find() || includes(range.group(1), version));
    }

    /** What somebody has just typed need not be a range. */
    private static boolean includes(String range, Version version) {
        try {
            return VersionRange.valueOf(range).includes(version);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** {@return whether it is a fragment, which cannot be started} */
    public boolean isFragment() {
        return fragmentHost().isPresent();
    }

    /** {@return whether it is to be active: it is no fragment, and nobody wants it to rest} */
    public boolean isStarted() {
        return entry.autostart() && !isFragment();
    }

    /** {@return whether another bundle has the same symbolic name} */
    public boolean hasNameOf(TargetBundle other) {
        return entry.symbolicName().equals(other.entry.symbolicName());
    }
}
