package io.mainstay.framework.durable;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;

/** In whose name the current thread registers, changes or takes back services just now: it may be who the start or stop of that bundle waits for. */
public final class Acting {
    private static final ThreadLocal<Acting> NOW = new ThreadLocal<>();

    private final String location;
    /** What it does that for, in the midst of something else. */
    private final Optional<Acting> outer;

    private Acting(String location, Optional<Acting> outer) {
        this.location = location;
        this.outer = outer;
    }

    /** Does something in the name of a bundle. */
    public static <T> T inNameOf(Bundle provider, Supplier<T> action) {
        Optional<Acting> outer = Optional.ofNullable(NOW.get());
        NOW.set(new Acting(provider.getLocation(), outer));
        try {
            return action.get();
        } finally {
            outer.ifPresentOrElse(NOW::set, NOW::remove);
        }
    }

    /** As {@link #inNameOf(Bundle, Supplier)}, for what has no result. */
    public static void inNameOf(Bundle provider, Runnable action) {
        inNameOf(provider, () -> {
            action.run();
            return null;
        });
    }

    /** {@return whether this thread acts for one of these bundles} */
    static boolean isForAny(Set<String> locations) {
        return Optional.ofNullable(NOW.get())
                .filter(now -> now.isFor(locations))
                .isPresent();
    }

    private boolean isFor(Set<String> locations) {
        return locations.contains(location)
                || outer.filter(one -> one.isFor(locations)).isPresent();
    }
}
