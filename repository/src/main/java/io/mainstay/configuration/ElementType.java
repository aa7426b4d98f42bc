package io.mainstay.configuration;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Optional;

/** What a configuration property may be made of (Compendium 8.1, 104.4.3). */
enum ElementType {
    STRING(String.class, null),
    INTEGER(Integer.class, int.class),
    LONG(Long.class, long.class),
    FLOAT(Float.class, float.class),
    DOUBLE(Double.class, double.class),
    BYTE(Byte.class, byte.class),
    SHORT(Short.class, short.class),
    CHARACTER(Character.class, char.class),
    BOOLEAN(Boolean.class, boolean.class);

    private final Class<?> wrapper;
    /** Null for {@link #STRING}, which has none. */
    private final Class<?> primitive;

    ElementType(Class<?> wrapper, Class<?> primitive) {
        this.wrapper = wrapper;
        this.primitive = primitive;
    }

    static Optional<ElementType> of(Class<?> type) {
        return Arrays.stream(values())
                .filter(element -> element.wrapper == type || element.primitive == type)
                .findFirst();
    }

    /** {@return the type that is called {@code name}, by its class or its primitive} */
    static Optional<ElementType> named(String name) {
        return Arrays.stream(values())
                .filter(element -> element.className().equals(name)
                        || element.primitive != null
                                && element.primitive.getName().equals(name))
                .findFirst();
    }

    Class<?> wrapper() {
        return wrapper;
    }

    Optional<Class<?>> primitive() {
        return Optional.ofNullable(primitive);
    }

    String className() {
        return wrapper.getSimpleName();
    }

    /**
     * {@return the element that a JSON literal stands for} Texts are read as numbers where a number is wanted, because
     * JSON has no way to write NaN.
     *
     * @throws IllegalArgumentException if it is none of this type, or out of its range
     */
    Object parse(String text, boolean quoted) {
        try {
            return switch (this) {
                case STRING -> text;
                case INTEGER -> whole(text).intValueExact();
                case LONG -> whole(text).longValueExact();
                case BYTE -> whole(text).byteValueExact();
                case SHORT -> whole(text).shortValueExact();
                case FLOAT -> finite(Float.parseFloat(text), text, quoted);
                case DOUBLE -> finite(Double.parseDouble(text), text, quoted);
                case CHARACTER -> character(text, quoted);
                case BOOLEAN -> truth(text);
            };
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no " + className(), e);
        }
    }

    private static BigDecimal whole(String text) {
        return new BigDecimal(text.strip());
    }

    private <T extends Number> T finite(T value, String text, boolean quoted) {
        if (!quoted && Double.isInfinite(value.doubleValue())) {
            throw new IllegalArgumentException(text + " is too large for a " + className());
        }
        return value;
    }

    private Character character(String text, boolean quoted) {
        if (!quoted || text.length() != 1) {
            throw new IllegalArgumentException("'" + text + "' is not one character");
        }
        return text.charAt(0);
    }

    private static Boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }
}
