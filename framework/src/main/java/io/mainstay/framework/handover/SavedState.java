package io.mainstay.framework.handover;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a service has saved: data of Java's own types only, so that nothing of the code that made it lives on in it.
 *
 * <p>Values are null, texts, booleans, characters, numbers (also {@link BigInteger} and {@link BigDecimal}), arrays of
 * primitive values, {@link UUID}, the times and dates of {@code java.time}, and lists and maps of these; the keys of maps
 * are texts. All of it is copied, and lists and maps cannot be changed.
 *
 * @param type what this is the state of, such as {@code com.acme.sessions}; not a class
 * @param version the version of its form, counted by who makes it
 * @param data the state
 */
public record SavedState(String type, int version, Map<String, Object> data) {
    private static final int DEEPEST = 100;

    private static final Set<Class<?>> PLAIN = Set.of(
            String.class,
            Boolean.class,
            Character.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigInteger.class,
            BigDecimal.class,
            UUID.class);

    /**
     * Copies.
     *
     * @throws IllegalArgumentException if a value is of another type; the message says where and of which
     */
    public SavedState {
        if (type == null || type.isBlank() || data == null) {
            throw new IllegalArgumentException("Saved state needs a type and data");
        }
        data = map(type, data, 0);
    }

    /** {@return another copy of the same} Arrays are the one thing in it that can be changed. */
    public SavedState copy() {
        return new SavedState(type, version, data);
    }

    private static Map<String, Object> map(String where, Map<?, ?> given, int depth) {
        Map<String, Object> copy = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw new IllegalArgumentException(
                        "Cannot hand over " + where + ": a key of a map is " + described(key) + ", not a text");
            }
            copy.put(name, plain(where + "." + name, value, depth + 1));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static Object plain(String where, Object value, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("Cannot hand over " + where.substring(0, 80) + "…: it is more than "
                    + DEEPEST + " deep, or contains itself");
        }
        if (value == null || PLAIN.contains(value.getClass()) || isTime(value.getClass())) {
            return value;
        }
        if (value instanceof Map<?, ?> nested) {
            return map(where, nested, depth);
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(one -> copy.add(plain(where + "[" + copy.size() + "]", one, depth + 1)));
            return Collections.unmodifiableList(copy);
        }
        return array(where, value);
    }

    private static Object array(String where, Object value) {
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        } else if (value instanceof char[] characters) {
            return characters.clone();
        } else if (value instanceof short[] numbers) {
            return numbers.clone();
        } else if (value instanceof int[] numbers) {
            return numbers.clone();
        } else if (value instanceof long[] numbers) {
            return numbers.clone();
        } else if (value instanceof float[] numbers) {
            return numbers.clone();
        } else if (value instanceof double[] numbers) {
            return numbers.clone();
        } else if (value instanceof boolean[] values) {
            return values.clone();
        }
        throw new IllegalArgumentException("Cannot hand over " + where + ": it is " + described(value)
                + "; what is handed over is texts, numbers, times, and lists and maps of them");
    }

    /** All of that package are immutable values, but for clocks, which may have code of a bundle within. */
    private static boolean isTime(Class<?> type) {
        return type.getPackageName().equals("java.time") && !Clock.class.isAssignableFrom(type);
    }

    private static String described(Object value) {
        return value == null ? "null" : "a " + value.getClass().getName();
    }
}
