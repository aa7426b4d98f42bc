package io.mainstay.framework.plan;

import io.mainstay.store.Content;
import io.mainstay.store.GenerationEntry;
import java.util.Optional;
import org.osgi.framework.Constants;

/**
 * A bundle as a generation wants it.
 *
 * @param entry what the generation says
 * @param content what is known of its content
 */
public record TargetBundle(GenerationEntry entry, Content content) {

    /** {@return where it goes} */
    public String location() {
        return entry.location();
    }

    /** {@return the symbolic name of its host; empty if it is no fragment} */
    public Optional<String> fragmentHost() {
        return Optional.ofNullable(content.headers().get(Constants.FRAGMENT_HOST))
                .map(header -> header.split(";", 2)[0].strip());
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
