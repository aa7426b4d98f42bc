package io.mainstay.framework.configuration;

import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads properties of type {@code String+} (Core 8, 5.2.5): one text, or an array or a collection of them. */
public final class Texts {
    private Texts() {}

    /** {@return the texts of a property's value, in alphabetical order; none for null} */
    public static Set<String> of(Object value) {
        Stream<?> all;
        if (value instanceof Object[] array) {
            all = Arrays.stream(array);
        } else if (value instanceof Collection<?> many) {
            all = many.stream();
        } else {
            all = Stream.ofNullable(value);
        }
        return all.map(String::valueOf).collect(Collectors.toCollection(TreeSet::new));
    }
}
