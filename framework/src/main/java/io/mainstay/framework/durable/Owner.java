package io.mainstay.framework.durable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What all objects of one service have in common: not the service itself, because holders keep it. Two are the same only if they are
 * one; a service that comes as another one, because its types are others by now, is still known by what names it. Immutable.
 */
final class Owner {
    private final Map<String, Object> called = new HashMap<>();

    /** @param properties the service's */
    Owner(Map<String, Object> properties) {
        for (String name : Siblings.NAMES) {
            Object value = properties.get(name);
            if (value != null) {
                called.put(name, value);
            }
        }
    }

    /** {@return whether another one has the same names, or both have none} */
    boolean isCalledAs(Owner other) {
        return called.keySet().equals(other.called.keySet())
                && called.entrySet().stream()
                        .allMatch(entry -> Objects.deepEquals(entry.getValue(), other.called.get(entry.getKey())));
    }

    /** {@return what is the same for those that are called alike} */
    int hashOfNames() {
        try {
            return called.entrySet().stream()
                    .mapToInt(entry -> Arrays.deepHashCode(new Object[] {entry.getKey(), entry.getValue()}))
                    .sum();
        } catch (RuntimeException e) {
            return 0; // code of a bundle, which has to go all the same
        }
    }
}
