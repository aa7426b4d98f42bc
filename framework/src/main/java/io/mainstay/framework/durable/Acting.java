package io.mainstay.framework.durable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;

/** In whose name the current thread registers, changes or takes back services just now: it may be who the start or stop of that bundle waits for. */
public final class Acting {
    private static final ThreadLocal<Deque<String>> NAMES = ThreadLocal.withInitial(ArrayDeque::new);

    private Acting() {}

    /** Does something in the name of a bundle. */
    public static <T> T inNameOf(Bundle provider, Supplier<T> action) {
        Deque<String> names = NAMES.get();
        names.push(provider.getLocation());
        try {
            return action.get();
        } finally {
            names.pop();
            if (names.isEmpty()) {
                NAMES.remove();
            }
        }
    }

    /** {@return whether this thread acts for one of these bundles} */
    static boolean isForAny(Set<String> locations) {
        return NAMES.get().stream().anyMatch(locations::contains);
    }
}
