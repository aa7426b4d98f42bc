package io.mainstay.configuration;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Writes JSON literals in one canonical form, the same on every Java platform: {@code Double.toString} is not, it became
 * shorter in Java 19.
 */
final class JsonText {
    private JsonText() {}

    static String literal(Object value) {
        if (value instanceof String || value instanceof Character) {
            return quote(value.toString());
        }
        if (value instanceof Double number) {
            return decimal(number, 17, text -> Double.parseDouble(text) == number);
        }
        if (value instanceof Float number) {
            return decimal(number.doubleValue(), 9, text -> Float.parseFloat(text) == number);
        }
        return value.toString();
    }

    /** Everything that is not plainly visible is escaped, lone surrogates too: those would not survive UTF-8. */
    static String quote(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        json.append(c).append(text.charAt(++i));
                    } else if (hidden(c)) {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    /** A list of our own: what counts as invisible changes from one version of Unicode to the next. */
    private static boolean hidden(char c) {
        return Character.isISOControl(c)
                || Character.isSurrogate(c)
                || c >= 0x200b && c <= 0x200f
                || c >= 0x2028 && c <= 0x202e
                || c >= 0x2060 && c <= 0x206f
                || c == 0xfeff;
    }

    @FunctionalInterface
    private interface Check {
        boolean standsForIt(String text);
    }

    /** The fewest digits that stand for the number. NaN and the infinities are texts, as JSON has no numbers for them. */
    private static String decimal(double number, int mostDigits, Check check) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return quote(Double.toString(number));
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(number);
        String text = exact.toString();
        for (int digits = 1; digits <= mostDigits; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            text = text(rounded.stripTrailingZeros());
            if (check.standsForIt(text)) {
                break;
            }
        }
        return text;
    }

    private static String text(BigDecimal number) {
        int magnitude = number.precision() - number.scale();
        if (magnitude < -5 || magnitude > 17) {
            return number.toString();
        }
        String plain = number.toPlainString();
        return plain.contains(".") ? plain : plain + ".0";
    }
}
