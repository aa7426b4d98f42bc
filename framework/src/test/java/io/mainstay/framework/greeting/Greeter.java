package io.mainstay.framework.greeting;

/** What the program of the tutorial and its bundles share. */
public interface Greeter {
    /** {@return a greeting} */
    String greet(String name);
}
