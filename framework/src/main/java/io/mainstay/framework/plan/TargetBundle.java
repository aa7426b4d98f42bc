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
        return Optional.ofNullable(content.headers().get(Constants.FRAGMENT_HOST))
                .map(header -> header.split(";", 2)[0].strip());
    }

    /** {@return whether it is a fragment for a bundle of this name and version (OSGi Core 8, 3.14)} */
    boolean isFragmentOf(String symbolicName, Version version) {
        if (fragmentHost().filter(symbolicName::equals).isEmpty()) {
            return false;
        }
        Matcher range = HOST_RANGE.matcher(content.headers().get(Constants.FRAGMENT_HOST));
        return !range.find() || VersionRange.valueOf(range.group(1)).includes(version);
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
