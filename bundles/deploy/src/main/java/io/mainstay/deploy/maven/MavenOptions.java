package io.mainstay.deploy.maven;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a user could tell Maven on its command line. What is empty is left to the settings.
 *
 * @param offline whether to ask no remote repository ({@code -o})
 * @param update whether to look for newer snapshots at once ({@code -U})
 * @param userSettings the file to read instead of {@code ~/.m2/settings.xml} ({@code -s})
 * @param globalSettings the file to read instead of {@code conf/settings.xml} of Maven's home ({@code -gs})
 * @param localRepository the local repository's folder ({@code -Dmaven.repo.local})
 * @param profiles ids of profiles to switch on, or off with a leading {@code !} or {@code -} ({@code -P})
 */
public record MavenOptions(
        Optional<Boolean> offline,
        boolean update,
        Optional<Path> userSettings,
        Optional<Path> globalSettings,
        Optional<Path> localRepository,
        List<String> profiles) {
    /** Leaves all to the settings. */
    public static final MavenOptions DEFAULT = builder().build();

    /** Copies. */
    public MavenOptions {
        profiles = List.copyOf(profiles);
    }

    /** Begins with all left to the settings. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the ids of the profiles to switch on} */
    List<String> profilesOn() {
        return profiles.stream()
                .filter(profile -> !isOff(profile))
                .map(profile -> profile.startsWith("+") ? profile.substring(1) : profile)
                .toList();
    }

    /** {@return the ids of the profiles to switch off} */
    List<String> profilesOff() {
        return profiles.stream()
                .filter(MavenOptions::isOff)
                .map(profile -> profile.substring(1))
                .toList();
    }

    private static boolean isOff(String profile) {
        return profile.startsWith("!") || profile.startsWith("-");
    }

    /** Puts options together. Not thread-safe. */
    public static final class Builder {
        private Optional<Boolean> offline = Optional.empty();
        private boolean update;
        private Optional<Path> userSettings = Optional.empty();
        private Optional<Path> globalSettings = Optional.empty();
        private Optional<Path> localRepository = Optional.empty();
        private List<String> profiles = List.of();

        private Builder() {}

        /** Says whether to ask no remote repository, whatever the settings say. */
        public Builder offline(boolean whether) {
            offline = Optional.of(whether);
            return this;
        }

        /** Looks for newer snapshots at once. */
        public Builder update() {
            update = true;
            return this;
        }

        /** Reads {@code file} for the user's settings. */
        public Builder userSettings(Path file) {
            userSettings = Optional.of(file);
            return this;
        }

        /** Reads {@code file} for the settings of the Maven installation. */
        public Builder globalSettings(Path file) {
            globalSettings = Optional.of(file);
            return this;
        }

        /** Keeps files in {@code folder}. */
        public Builder localRepository(Path folder) {
            localRepository = Optional.of(folder);
            return this;
        }

        /** Switches profiles of the settings on, or off with a leading {@code !} or {@code -}. */
        public Builder profiles(String... ids) {
            profiles = List.of(ids);
            return this;
        }

        /** {@return the options} */
        public MavenOptions build() {
            return new MavenOptions(offline, update, userSettings, globalSettings, localRepository, profiles);
        }
    }
}
