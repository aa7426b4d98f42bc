package io.mainstay.deploy;

import java.util.Optional;

/** Which Mainstay this is. */
final class Version {
    private Version() {}

    static String text() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("(from a build folder)");
    }
}
