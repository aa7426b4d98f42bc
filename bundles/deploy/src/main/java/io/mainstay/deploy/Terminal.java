package io.mainstay.deploy;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether somebody sits in front of this process. */
final class Terminal {
    private Terminal() {}

    /** {@return whether the error stream goes to a terminal, as the launcher has found out} */
    static boolean showsErrors() {
        return Boolean.getBoolean("mainstay.terminal");
    }

    /** {@return whether somebody types what this process reads, as the launcher has found out} */
    static boolean givesInput() {
        return Boolean.getBoolean("mainstay.keyboard");
    }

    /** From Java 22 on there is a console also without a terminal, and a method that tells; before there is neither. */
    static boolean isThere() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("Console.isTerminal() cannot be asked", e);
        }
    }
}
