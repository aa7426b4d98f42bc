package io.mainstay.store;

import org.osgi.framework.Version;

/**
 * One bundle of a generation.
 *
 * @param location the bundle's location in every framework; it stays the same through updates, so that what is bound to
 *     it (configuration, permissions) stays bound
 * @param symbolicName the bundle's symbolic name
 * @param version the bundle's version
 * @param content the digest of its bytes
 * @param startLevel its start level, 1 or more (OSGi Core 8, chapter 9)
 * @param autostart whether it is started; one that is not is there for others to be wired to
 */
public record GenerationEntry(
        String location, String symbolicName, Version version, Digest content, int startLevel, boolean autostart) {

    /** @throws IllegalArgumentException if location or name cannot stand on a line, or the start level is below 1 */
    public GenerationEntry {
        if (location.isBlank() || location.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("A bundle needs a location of printable characters: '" + location + "'");
        }
        if (symbolicName.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "A bundle needs a symbolic name of printable characters: '" + symbolicName + "'");
        }
        if (startLevel < 1) {
            throw new IllegalArgumentException(
                    "Start level of " + location + " is " + startLevel + "; 1 is the lowest");
        }
    }

    /** Makes an entry of a bundle that is started. */
    public GenerationEntry(String location, String symbolicName, Version version, Digest content, int startLevel) {
        this(location, symbolicName, version, content, startLevel, true);
    }

    /** {@return name and version as people write them} */
    public String label() {
        return symbolicName + " " + version;
    }

    /** {@return this entry with other content} */
    public GenerationEntry with(Content other) {
        return new GenerationEntry(
                location, other.symbolicName(), other.version(), other.digest(), startLevel, autostart);
    }

    /** {@return this entry at another start level} */
    public GenerationEntry atStartLevel(int other) {
        return new GenerationEntry(location, symbolicName, version, content, other, autostart);
    }

    /** {@return this entry, started or not} */
    public GenerationEntry autostarting(boolean other) {
        return new GenerationEntry(location, symbolicName, version, content, startLevel, other);
    }
}
