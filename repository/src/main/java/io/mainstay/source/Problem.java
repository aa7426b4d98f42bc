package io.mainstay.source;

/**
 * Something that the compiler or bnd has found.
 *
 * @param error whether it keeps the source from becoming a bundle; a warning does not
 * @param file the path in the project; empty where it is about all of it
 * @param row the line, from 1; 0 if unknown
 * @param column the column, from 1; 0 if unknown
 * @param message what is wrong, in the compiler's words
 * @param line the text of the line; empty if unknown
 */
public record Problem(boolean error, String file, long row, long column, String message, String line) {

    /** {@return it as compilers tell it: where, what, the line, and a caret below the column} */
    public String text() {
        StringBuilder text = new StringBuilder();
        if (!file.isEmpty()) {
            text.append(file);
            if (row > 0) {
                text.append(':').append(row);
            }
            if (column > 0) {
                text.append(':').append(column);
            }
            text.append(": ");
        }
        String[] told = message.split("\n", 2);
        text.append(error ? "error: " : "warning: ").append(told[0]);
        if (!line.isEmpty()) {
            text.append("\n    ").append(line);
            if (column > 0) {
                text.append("\n    ").append(indentTo(column)).append('^');
            }
        }
        if (told.length > 1) {
            text.append('\n').append(told[1]);
        }
        return text.toString();
    }

    /** Tabs stay tabs, so that the caret stands where the terminal shows the column. */
    private String indentTo(long end) {
        StringBuilder indent = new StringBuilder();
        for (int i = 0; i < end - 1 && i < line.length(); i++) {
            indent.append(line.charAt(i) == '\t' ? '\t' : ' ');
        }
        return indent.toString();
    }
}
