package io.mainstay.deploy.maven;

import java.util.Optional;

/** Finds words for people in what the resolver throws: it wraps the one telling exception several times. */
final class Causes {

    private Causes() {}

    /** {@return the first exception of a type in a chain of causes} */
    static <T extends Throwable> Optional<T> find(Throwable thrown, Class<T> type) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
        }
        return Optional.empty();
    }

    /** {@return the innermost cause} */
    static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** {@return the message, or what stands for it where there is none} */
    static String message(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message;
    }

    /** {@return the text on one line, with credentials in URLs blotted out} */
    static String line(String text) {
        return text.replaceAll("\\s*[\\r\\n]+\\s*", " ").strip().replaceAll("://[^/\\s]*@", "://…@");
    }
}
