package io.mainstay.configuration;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** Makes configurations of all types, with values that are hard to write down. */
public final class RandomConfigurations {
    static final List<String> NASTY = List.of(
            "",
            " ",
            "plain",
            "two\nlines",
            "\r\n",
            "\"quoted\"",
            "back\\slash",
            "\\u0041",
            "\u0000",
            "\u0007\u001f\u007f\u0085",
            "\ud800",
            "\udc00\ud800",
            "\ud83d\ude00",
            "\u2028\u2029",
            "\ufeff",
            "日本",
            "// no remark /* either */",
            "a:b:Integer",
            "${env}",
            "</script>",
            "NaN",
            "\n\nbundle x\n name y");
    private static final double[] DOUBLES = {
        0,
        -0.0,
        1,
        -1,
        0.1,
        1e23,
        2e-44,
        5.684341886080802E-14,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        8080,
        1e16,
        1e17,
        123456789012345680.0,
        1e18,
        1.0E-6,
        9007199254740993.0
    };
    private static final List<Class<?>> PRIMITIVES = List.of(
            int.class, long.class, float.class, double.class, byte.class, short.class, char.class, boolean.class);

    private RandomConfigurations() {}

    /** {@return up to four configurations} */
    public static Collection<Configuration> any(Random random) {
        Map<String, Configuration> configurations = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            Configuration made = one(random);
            configurations.put(made.pid(), made);
        }
        return configurations.values();
    }

    private static Configuration one(Random random) {
        String pid = "p" + text(random) + (random.nextBoolean() ? "~" + text(random) : "");
        Map<String, PropertyValue> properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = random.nextInt(6); i > 0; i--) {
            properties.put("n" + i + text(random).toLowerCase(Locale.ROOT), PropertyValue.of(value(random)));
        }
        Optional<String> factory = random.nextInt(4) == 0
                ? random.nextBoolean() ? Optional.empty() : Optional.of("f" + text(random))
                : Configuration.impliedFactory(pid);
        String location = random.nextBoolean() ? Configuration.EVERYWHERE : text(random);
        return new Configuration(pid, factory, location, new TreeMap<>(properties));
    }

    static Object value(Random random) {
        Class<?> primitive = PRIMITIVES.get(random.nextInt(PRIMITIVES.size()));
        boolean texts = random.nextInt(4) == 0;
        int length = random.nextInt(4);
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            elements.add(texts ? text(random) : element(primitive, random));
        }
        return switch (random.nextInt(4)) {
            case 0 -> texts ? text(random) : element(primitive, random);
            case 1 -> elements;
            case 2 -> array(texts ? String.class : element(primitive, random).getClass(), elements);
            default -> array(texts ? String.class : primitive, elements);
        };
    }

    private static Object array(Class<?> component, List<Object> elements) {
        Object array = Array.newInstance(component, elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Array.set(array, i, elements.get(i));
        }
        return array;
    }

    private static Object element(Class<?> primitive, Random random) {
        return switch (primitive.getName()) {
            case "int" -> random.nextInt();
            case "long" -> random.nextBoolean() ? random.nextLong() : Long.MIN_VALUE;
            case "float" ->
                random.nextBoolean()
                        ? Float.intBitsToFloat(random.nextInt())
                        : (float) DOUBLES[random.nextInt(DOUBLES.length)];
            case "double" ->
                random.nextBoolean()
                        ? Double.longBitsToDouble(random.nextLong())
                        : DOUBLES[random.nextInt(DOUBLES.length)];
            case "byte" -> (byte) random.nextInt();
            case "short" -> (short) random.nextInt();
            case "char" -> (char) random.nextInt();
            default -> random.nextBoolean();
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            text.append(NASTY.get(random.nextInt(NASTY.size())));
        }
        return text.toString();
    }
}
