package io.mainstay.itests.journey;

import java.util.function.Supplier;

/** A component without references. */
public final class Greeting implements Supplier<String> {
    @Override
    public String get() {
        return "Hello";
    }
}
