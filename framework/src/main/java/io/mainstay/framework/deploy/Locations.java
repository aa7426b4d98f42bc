package io.mainstay.framework.deploy;

import java.util.function.Predicate;

/** The locations that bundles of the store have in every framework: {@code mainstay:NAME}. */
public final class Locations {
    private static final String SCHEME = "mainstay:";

    private Locations() {}

    /** {@return a location for a bundle of this name, with a number behind it where others have the name already} */
    public static String free(String symbolicName, Predicate<String> taken) {
        String location = SCHEME + symbolicName;
        for (int i = 2; taken.test(location); i++) {
            location = SCHEME + symbolicName + "#" + i;
        }
        return location;
    }
}
