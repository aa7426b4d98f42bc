package io.mainstay.verbs;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Project;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.osgi.framework.Version;

/**
 * A folder with the source of bundles, each a Maven module, and a note of what they were taken from. Not thread-safe.
 *
 * <pre>
 * FOLDER/pom.xml
 * FOLDER/BUNDLE/pom.xml, src/main/java/…
 * FOLDER/.mainstay/checkout.json
 * FOLDER/.mainstay/lib/….jar        what the bundles are compiled against
 * </pre>
 */
final class WorkingFolder {
    static final String OWN = ".mainstay";
    private static final String NOTE = "checkout.json";
    /** Beside a file that both sides have changed: the other side's. */
    private static final String THEIRS = ".theirs";

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    private final Path folder;
    private final Note note;

    /** What is written down. Filled by Gson. */
    private static final class Note {
        private String channel;
        private SortedMap<String, Taken> bundles = new TreeMap<>();
    }

    /** One bundle, as it was taken. Filled by Gson. */
    private static final class Taken {
        private long generation;
        private String location;
        private String symbolicName;
        private String version;
        private String digest;
        private int startLevel;
        private boolean autostart;
        /** The digest of what was pushed last, if that did not come out as it went in. */
        private String pushed;

        private GenerationEntry entry() {
            return new GenerationEntry(
                    location, symbolicName, Version.parseVersion(version), new Digest(digest), startLevel, autostart);
        }
    }

    private WorkingFolder(Path folder, Note note) {
        this.folder = folder;
        this.note = note;
    }

    /** Takes a folder that may be empty or missing, or have been taken before. */
    static WorkingFolder of(Path folder, String channel) throws IOException {
        WorkingFolder there = isOne(folder) ? open(folder) : new WorkingFolder(folder, new Note());
        if (there.note.channel != null && !there.note.channel.equals(channel)) {
            throw new RefusedChangeException(folder + " has source of channel " + there.note.channel + ", not of "
                    + channel + "; take another folder");
        }
        there.note.channel = channel;
        return there;
    }

    /**
     * Opens a folder that source was taken to.
     *
     * @throws RefusedChangeException if there is none
     */
    static WorkingFolder open(Path folder) throws IOException {
        Path file = folder.resolve(OWN).resolve(NOTE);
        if (!isOne(folder)) {
            throw new RefusedChangeException("There is no source of a store in " + folder + " (it has no " + OWN + "/"
                    + NOTE + "); `pull --to " + folder + "` takes it there");
        }
        try {
            return new WorkingFolder(folder, GSON.fromJson(TextFile.read(file), Note.class));
        } catch (JsonParseException | IllegalArgumentException e) {
            throw new RefusedChangeException(
                    file + " cannot be read: " + e.getMessage() + "; `pull` into a new folder");
        }
    }

    private static boolean isOne(Path folder) {
        return Files.isRegularFile(folder.resolve(OWN).resolve(NOTE));
    }

    Path path() {
        return folder;
    }

    /** {@return the names of the bundles that are here} */
    TreeSet<String> bundles() {
        return new TreeSet<>(note.bundles.keySet());
    }

    /**
     * What taking a bundle has found.
     *
     * @param written files that are as in the store now
     * @param both files that both sides have changed: theirs is beside
     */
    record Taking(int written, List<String> both) {}

    /**
     * Takes the source of a bundle here. What was changed here stays; where both sides have changed a file, the other
     * side's is put beside it.
     */
    Taking take(Checkout checkout, Generation generation, Workshop workshop) throws IOException {
        String name = checkout.entry().symbolicName();
        Path home = folder.resolve(name);
        Project before = note.bundles.containsKey(name) ? base(name, workshop).project() : Project.of(new TreeMap<>());
        Project here = Files.isDirectory(home) ? Project.of(home) : Project.of(new TreeMap<>());
        List<String> both = new ArrayList<>();
        int written = 0;
        for (String path : here.differences(checkout.project())) {
            byte[] mine = here.files().get(path);
            byte[] theirs = checkout.project().files().get(path);
            byte[] old = before.files().get(path);
            if (Arrays.equals(mine, old)) {
                write(home.resolve(path), theirs);
                written++;
            } else if (!Arrays.equals(theirs, old)) {
                write(home.resolve(path + THEIRS), theirs == null ? new byte[0] : theirs);
                both.add(name + "/" + path);
            }
        }
        set(checkout.generation(), checkout.entry());
        Maven.describe(folder, checkout, workshop.release(checkout), workshop.classPath(generation, checkout.entry()));
        return new Taking(written, both);
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        if (bytes == null) {
            Files.deleteIfExists(file);
        } else {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        }
    }

    /**
     * {@return what was changed here, of all bundles}
     *
     * @throws RefusedChangeException if something here has to be settled by hand first
     */
    List<Edit> edits(Workshop workshop) throws IOException {
        List<Edit> edits = new ArrayList<>();
        for (String name : note.bundles.keySet()) {
            Path home = folder.resolve(name);
            if (!Files.isDirectory(home)) {
                continue;
            }
            requireMerged(home);
            Checkout base = base(name, workshop);
            Project here = Project.of(home);
            if (!base.project().differences(here).isEmpty()
                    && !here.digest().hex().equals(note.bundles.get(name).pushed)) {
                if (!here.hasSources()) {
                    throw new RefusedChangeException(home + " has no source any more; if the bundle is to go, `remove "
                            + name + "`, else `pull` into a new folder");
                }
                edits.add(Edit.of(base, here));
            }
        }
        return edits;
    }

    private static void requireMerged(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            Optional<Path> open =
                    files.filter(file -> file.toString().endsWith(THEIRS)).findFirst();
            if (open.isPresent()) {
                throw new RefusedChangeException("Others have changed what you have changed, too: merge " + open.get()
                        + " into the file beside it, and remove it");
            }
        }
    }

    private Checkout base(String name, Workshop workshop) {
        Taken taken = note.bundles.get(name);
        try {
            return workshop.checkout(taken.generation, taken.entry());
        } catch (ContentMissingException e) {
            throw new RefusedChangeException("gc has dropped what " + folder.resolve(name)
                    + " was pulled from; `pull` into a new folder, and take your changes there");
        }
    }

    /** Notes what the bundles here are by now. */
    void set(long generation, GenerationEntry entry) {
        Taken taken = new Taken();
        taken.generation = generation;
        taken.location = entry.location();
        taken.symbolicName = entry.symbolicName();
        taken.version = entry.version().toString();
        taken.digest = entry.content().hex();
        taken.startLevel = entry.startLevel();
        taken.autostart = entry.autostart();
        note.bundles.put(entry.symbolicName(), taken);
    }

    /** Notes that what was pushed is what a generation has. */
    void set(long generation, List<GenerationEntry> entries, List<Edit> pushed) {
        Map<String, GenerationEntry> byLocation = new TreeMap<>();
        entries.forEach(entry -> byLocation.put(entry.location(), entry));
        pushed.forEach(edit -> edit.base()
                .map(base -> byLocation.get(base.entry().location()))
                .ifPresent(entry -> {
                    set(generation, entry);
                    note.bundles.get(entry.symbolicName()).pushed =
                            edit.project().digest().hex();
                }));
    }

    /** Writes the note, and the project above the bundles'. */
    void save() throws IOException {
        Path own = Files.createDirectories(folder.resolve(OWN));
        Path written = Files.writeString(own.resolve(NOTE + ".new"), GSON.toJson(note));
        Files.move(written, own.resolve(NOTE), StandardCopyOption.REPLACE_EXISTING);
        Maven.describe(folder, note.bundles.keySet());
    }
}
