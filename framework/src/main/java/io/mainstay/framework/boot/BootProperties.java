package io.mainstay.framework.boot;

import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The framework properties that Felix was made with. It never reads them again, so that a generation with others shows as
 * drift until the node is restarted.
 *
 * @param generation those of the generation of the boot
 * @param told the names of those that the node itself was told, which win over any generation's
 */
record BootProperties(Map<String, String> generation, Set<String> told) {

    /** {@return a sentence for each property that a state wants otherwise} */
    List<String> drift(SystemState state) {
        Map<String, String> wanted = state.frameworkProperties();
        TreeSet<String> names = new TreeSet<>(wanted.keySet());
        names.addAll(generation.keySet());
        names.removeAll(told);
        List<String> drift = new ArrayList<>();
        for (String name : names) {
            if (!Objects.equals(generation.get(name), wanted.get(name))) {
                drift.add("framework property " + name + " is " + words(generation.get(name)) + " in this process, and "
                        + words(wanted.get(name)) + " in the generation: restart the node");
            }
        }
        return drift;
    }

    private static String words(String value) {
        return value == null ? "not set" : "'" + value + "'";
    }
}
