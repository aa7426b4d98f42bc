package io.mainstay.framework.plan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Finds what is reset because it is wired to what is reset, and says why. */
public final class ResetClosure {
    private static final String WIRED = "wired to ";

    private ResetClosure() {}

    /**
     * Adds to {@code reset} all that is wired to a member, at any distance.
     *
     * @param reset location to reason
     * @param providers location to the locations that a bundle is wired to
     * @param label gives name and version of what is at a location
     */
    public static void spread(
            Map<String, String> reset, Map<String, Set<String>> providers, Function<String, String> label) {
        Map<String, String> roots = new HashMap<>();
        reset.keySet().forEach(location -> roots.put(location, location));
        Map<String, Set<String>> ordered = new TreeMap<>(providers);
        Deque<String> open = new ArrayDeque<>(reset.keySet());
        while (!open.isEmpty()) {
            String changed = open.remove();
            String root = roots.get(changed);
            String because = label.apply(root) + ", which is " + reset.get(root);
            String reason =
                    changed.equals(root) ? because : label.apply(changed) + ", which is reset because of " + because;
            ordered.forEach((location, wiredTo) -> {
                if (wiredTo.contains(changed) && reset.putIfAbsent(location, WIRED + reason) == null) {
                    roots.put(location, root);
                    open.add(location);
                }
            });
        }
    }

    /** {@return whether a member is reset only because of what it is wired to} */
    static boolean isSpread(String reason) {
        return reason.startsWith(WIRED);
    }
}
