package io.mainstay.configuration;

/** Takes the comments out of JSON, as the Configurator allows them (Compendium 8.1, 150.3.1), and leaves the lines. */
final class JsonComments {
    private JsonComments() {}

    static String blank(String text) {
        StringBuilder json = new StringBuilder(text.length());
        int i = text.startsWith("\uFEFF") ? 1 : 0;
        while (i < text.length()) {
            int end = i + 1;
            if (text.charAt(i) == '"') {
                end = endOfString(text, i + 1);
                json.append(text, i, end);
            } else if (text.startsWith("//", i)) {
                end = found(text.indexOf('\n', i), text);
            } else if (text.startsWith("/*", i)) {
                end = Math.min(text.length(), found(text.indexOf("*/", i + 2), text) + 2);
                text.substring(i, end).chars().filter(c -> c == '\n').forEach(c -> json.append('\n'));
                json.append(' ');
            } else {
                json.append(text.charAt(i));
            }
            i = end;
        }
        return json.toString();
    }

    private static int endOfString(String text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) != '"') {
            i += text.charAt(i) == '\\' ? 2 : 1;
        }
        return Math.min(text.length(), i + 1);
    }

    private static int found(int index, String text) {
        return index < 0 ? text.length() : index;
    }
}
