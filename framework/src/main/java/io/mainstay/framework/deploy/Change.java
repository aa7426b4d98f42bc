package io.mainstay.framework.deploy;

import io.mainstay.configuration.Configuration;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Digest;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What somebody wants changed: independent of what is live, so that it can be planned again when that has moved.
 *
 * @param author who wants it
 * @param message why
 * @param additions bundles to add, or to update
 * @param removals bundles to remove: a location, {@code NAME} or {@code NAME/VERSION}
 * @param frameworkProperties framework properties to set; empty values take them out
 * @param configurations configurations to set whole, by PID; empty ones are taken out
 * @param restore a state to go back to, before the rest is done
 * @param based the content of bundles that this was made from, by their locations: if it is another one by now, the change is
 *     refused
 */
public record Change(
        String author,
        String message,
        List<Addition> additions,
        List<String> removals,
        Map<String, Optional<String>> frameworkProperties,
        Map<String, Optional<Configuration>> configurations,
        Optional<SystemState> restore,
        Map<String, Digest> based) {

    /**
     * A bundle to add, or to update.
     *
     * @param bundle the bundle
     * @param startLevel its start level; empty keeps what it has, or gives a new one 1
     * @param beside whether to add it even if a bundle of the same name is there in another version
     */
    public record Addition(CheckedBundle bundle, OptionalInt startLevel, boolean beside) {}

    /** Copies. */
    public Change {
        additions = List.copyOf(additions);
        removals = List.copyOf(removals);
        frameworkProperties = Map.copyOf(frameworkProperties);
        configurations = Map.copyOf(configurations);
        based = Map.copyOf(based);
    }

    /** Begins a change. */
    public static Builder by(String author) {
        return new Builder(author);
    }

    /** Puts a change together. Not thread-safe. */
    public static final class Builder {
        private final String author;
        private final List<Addition> additions = new ArrayList<>();
        private final List<String> removals = new ArrayList<>();
        private final Map<String, Optional<String>> properties = new TreeMap<>();
        private final Map<String, Optional<Configuration>> configurations = new TreeMap<>();
        private String message = "";
        private final Map<String, Digest> based = new TreeMap<>();
        private Optional<SystemState> restore = Optional.empty();

        private Builder(String author) {
            this.author = author;
        }

        /** Says why. */
        public Builder message(String why) {
            message = why;
            return this;
        }

        /** Adds or updates a bundle at the start level that it has, or 1. */
        public Builder add(CheckedBundle bundle) {
            return add(new Addition(bundle, OptionalInt.empty(), false));
        }

        /** Adds or updates a bundle at a start level. */
        public Builder add(CheckedBundle bundle, int startLevel) {
            return add(new Addition(bundle, OptionalInt.of(startLevel), false));
        }

        /** Adds or updates a bundle. */
        public Builder add(Addition addition) {
            additions.add(addition);
            return this;
        }

        /** Removes a bundle: a location, {@code NAME} or {@code NAME/VERSION}. */
        public Builder remove(String name) {
            removals.add(name);
            return this;
        }

        /** Sets a framework property for the next boot. */
        public Builder frameworkProperty(String name, String value) {
            properties.put(name, Optional.of(value));
            return this;
        }

        /** Takes a framework property out. */
        public Builder withoutFrameworkProperty(String name) {
            properties.put(name, Optional.empty());
            return this;
        }

        /** Sets a configuration: it takes the place of the one with its PID, all properties of it. */
        public Builder configure(Configuration configuration) {
            configurations.put(configuration.pid(), Optional.of(configuration));
            return this;
        }

        /** Takes a configuration out. */
        public Builder removeConfiguration(String pid) {
            configurations.put(pid, Optional.empty());
            return this;
        }

        /** Goes back to a state, before all else. */
        public Builder restore(SystemState state) {
            restore = Optional.of(state);
            return this;
        }

        /** Says what this was made from: see {@link Change#based}. */
        public Builder basedOn(String location, Digest content) {
            based.put(location, content);
            return this;
        }

        /** {@return the change} */
        public Change build() {
            return new Change(author, message, additions, removals, properties, configurations, restore, based);
        }
    }
}
