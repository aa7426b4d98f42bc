package io.mainstay.configuration;

/** Says why a configuration, or a file of them, is not taken. Nothing was changed. */
public final class RefusedConfigurationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RefusedConfigurationException(String where, String why) {
        super(where + " is refused: " + why);
    }

    RefusedConfigurationException(String where, String why, Throwable cause) {
        super(where + " is refused: " + why, cause);
    }
}
