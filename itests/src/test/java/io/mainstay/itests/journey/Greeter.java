package io.mainstay.itests.journey;

import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A component that is there only with a greeting. */
public final class Greeter implements UnaryOperator<String> {
    private final Supplier<String> greeting;

    /** Called by Declarative Services. */
    public Greeter(Supplier<String> greeting) {
        this.greeting = greeting;
    }

    @Override
    public String apply(String name) {
        return greeting.get() + ", " + name;
    }
}
