package io.mainstay.framework.durable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A class loader with an {@link Adder} of its own, as each reset of a bundle brings one. */
final class Generation extends ClassLoader {
    private final Class<?> adder;

    Generation() {
        super(Generation.class.getClassLoader());
        String name = Adder.class.getName();
        try (InputStream in = Generation.class.getResourceAsStream("Adder.class")) {
            byte[] code = in.readAllBytes();
            adder = defineClass(name, code, 0, code.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return an object of its class} */
    Counter make() {
        try {
            return (Counter) adder.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
