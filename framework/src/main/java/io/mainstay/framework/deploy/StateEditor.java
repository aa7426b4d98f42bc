package io.mainstay.framework.deploy;

import io.mainstay.configuration.Configuration;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.Version;

/**
 * Works out the state that a change makes of another: a pure function.
 *
 * <p><b>Which bundle is updated.</b> A bundle takes the place of the one with the same name and version; else of one with
 * the same name that the change removes; else of the one with the same name, if there is just one. Where there are
 * several, the change has to say which ones go. Locations are made of the name alone and stay through updates.
 */
final class StateEditor {
    static final String SCHEME = "mainstay:";

    private final SortedMap<String, GenerationEntry> entries = new TreeMap<>();
    private final SortedMap<String, GenerationEntry> removed = new TreeMap<>();
    private final SortedMap<String, String> properties;
    private final SortedMap<String, Configuration> configurations;

    private StateEditor(SystemState base) {
        base.entries().forEach(entry -> entries.put(entry.location(), entry));
        this.properties = new TreeMap<>(base.frameworkProperties());
        this.configurations = new TreeMap<>(base.configurations());
    }

    /**
     * {@return what {@code change} makes of {@code base}}
     *
     * @throws OvertakenException if it was made from what is no longer there
     * @throws RefusedChangeException if it names what is not there, or does not say which of several it means
     */
    static SystemState edit(SystemState base, Change change) {
        StateEditor editor = new StateEditor(change.restore().orElse(base));
        Set<Digest> added = new HashSet<>();
        change.additions()
                .forEach(addition -> added.add(addition.bundle().content().digest()));
        change.based().forEach((location, content) -> editor.requireUnchanged(location, content, added));
        change.removals().forEach(editor::remove);
        editor.add(change.additions());
        change.frameworkProperties()
                .forEach((name, value) -> value.ifPresentOrElse(
                        text -> editor.properties.put(name, text), () -> editor.properties.remove(name)));
        change.configurations()
                .forEach((pid, wanted) -> wanted.ifPresentOrElse(
                        configuration -> editor.configurations.put(pid, configuration),
                        () -> editor.removeConfiguration(pid)));
        return SystemState.of(editor.entries.values(), editor.properties, editor.configurations.values());
    }

    /** What is there already as the change wants it was changed by nobody else. */
    private void requireUnchanged(String location, Digest content, Set<Digest> added) {
        GenerationEntry entry = entries.get(location);
        if (entry == null || !entry.content().equals(content) && !added.contains(entry.content())) {
            throw new OvertakenException(
                    location, content, Optional.ofNullable(entry).map(GenerationEntry::content));
        }
    }

    private void remove(String name) {
        List<String> matching = entries.values().stream()
                .filter(entry -> matches(entry, name))
                .map(GenerationEntry::location)
                .toList();
        if (matching.isEmpty()) {
            throw new RefusedChangeException("Cannot remove " + name + ": no bundle of that name is in this generation;"
                    + " `status` lists what is");
        }
        if (matching.size() > 1) {
            throw new RefusedChangeException("Cannot remove " + name + ": it names " + matching.size() + " bundles, "
                    + labels(matching) + "; say which by NAME/VERSION, or remove each");
        }
        matching.forEach(location -> removed.put(location, entries.remove(location)));
    }

    private void removeConfiguration(String pid) {
        if (configurations.remove(pid) == null) {
            throw new RefusedChangeException("Cannot remove configuration " + pid
                    + ": there is none with that PID in this" + " generation; `show` lists those that are");
        }
    }

    private static boolean matches(GenerationEntry entry, String name) {
        return entry.location().equals(name)
                || entry.symbolicName().equals(name)
                || (entry.symbolicName() + "/" + entry.version()).equals(name);
    }

    private String labels(List<String> locations) {
        return String.join(
                ", ",
                locations.stream()
                        .map(location -> entries.get(location).symbolicName() + "/"
                                + entries.get(location).version())
                        .toList());
    }

    /** First those whose very version is there, so that no other takes their place. */
    private void add(List<Change.Addition> additions) {
        Map<Change.Addition, String> places = new IdentityHashMap<>();
        Set<String> taken = new HashSet<>();
        List<Change.Addition> open = new ArrayList<>();
        for (Change.Addition addition : additions) {
            Content content = addition.bundle().content();
            Optional<String> same = sameVersion(content.symbolicName(), content.version(), taken);
            same.ifPresent(taken::add);
            same.ifPresentOrElse(location -> places.put(addition, location), () -> open.add(addition));
        }
        for (Change.Addition addition : open) {
            String location = place(addition, open, taken);
            taken.add(location);
            places.put(addition, location);
        }
        for (Change.Addition addition : additions) {
            put(places.get(addition), addition);
        }
    }

    private Optional<String> sameVersion(String name, Version version, Set<String> taken) {
        return entries.values().stream()
                .filter(entry -> entry.symbolicName().equals(name)
                        && entry.version().equals(version)
                        && !taken.contains(entry.location()))
                .map(GenerationEntry::location)
                .findFirst();
    }

    private String place(Change.Addition addition, List<Change.Addition> open, Set<String> taken) {
        String name = addition.bundle().content().symbolicName();
        Optional<String> vacated = removed.values().stream()
                .filter(entry -> entry.symbolicName().equals(name) && !taken.contains(entry.location()))
                .map(GenerationEntry::location)
                .findFirst();
        if (vacated.isPresent()) {
            return vacated.get();
        }
        List<String> candidates = entries.values().stream()
                .filter(entry -> entry.symbolicName().equals(name) && !taken.contains(entry.location()))
                .map(GenerationEntry::location)
                .toList();
        long ofThisName = open.stream()
                .filter(other -> other.bundle().content().symbolicName().equals(name))
                .count();
        if (addition.beside() || candidates.isEmpty()) {
            return Locations.free(name, location -> entries.containsKey(location) || taken.contains(location));
        }
        if (candidates.size() == 1 && ofThisName == 1) {
            return candidates.get(0);
        }
        throw new RefusedChangeException(
                "Cannot tell which bundle " + addition.bundle().content().label()
                        + " updates: there are " + labels(candidates)
                        + "; remove one in the same change (--remove NAME/VERSION),"
                        + " or add it beside them (--beside)");
    }

    private void put(String location, Change.Addition addition) {
        GenerationEntry before = entries.getOrDefault(location, removed.get(location));
        Content content = addition.bundle().content();
        int startLevel = addition.startLevel().orElse(before == null ? 1 : before.startLevel());
        GenerationEntry entry = new GenerationEntry(
                location,
                content.symbolicName(),
                content.version(),
                content.digest(),
                startLevel,
                before == null || before.autostart());
        for (GenerationEntry other : entries.values()) {
            if (!other.location().equals(location)
                    && other.symbolicName().equals(entry.symbolicName())
                    && other.version().equals(entry.version())) {
                throw new RefusedChangeException(
                        "Cannot add " + entry.label() + " twice: it is there already, at " + other.location());
            }
        }
        entries.put(location, entry);
    }
}
