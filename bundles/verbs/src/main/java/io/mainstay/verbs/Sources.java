package io.mainstay.verbs;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.ConfiguratorJson;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Build;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.BundleWrapper;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.source.Project;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.StoreMissingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the bundles and configurations that a command line names: files, folders, Maven coordinates, lists of them. Builds
 * folders with source. Checks
 * each. Of a folder only jars are taken: a {@code .json} file beside them may be anything.
 */
final class Sources {
    /** A name, which may have blanks, and a start level. */
    private static final Pattern LINE = Pattern.compile("(\\S.*?)(?:\\s+([1-9]\\d{0,8}))?");

    /** So many are told that cannot be had; with no network, each takes its time. */
    private static final int FAILURES = 6;

    private final Place place;
    private final BundleIntake intake;
    private final boolean wrap;
    private final boolean beside;
    private final OptionalInt startLevel;
    private final List<Found> found = new ArrayList<>();
    private final List<Change.Addition> additions = new ArrayList<>();
    private final Set<Digest> seen = new HashSet<>();
    private final Map<Path, OptionalInt> projects = new LinkedHashMap<>();
    private final SortedMap<String, Configuration> configurations = new TreeMap<>();

    Sources(Place place, boolean wrap, boolean beside, OptionalInt startLevel) {
        this.place = place;
        this.intake = new BundleIntake(place.limits());
        this.wrap = wrap;
        this.beside = beside;
        this.startLevel = startLevel;
    }

    /** One thing to look for, with the start level that a list gives it. */
    private record Wanted(String name, Path base, OptionalInt startLevel) {}

    /** One bundle that is to be checked. */
    private record Found(ContentSource bundle, OptionalInt startLevel) {}

    List<Change.Addition> find(List<String> names, List<Path> lists) throws IOException {
        List<Wanted> wanted = new ArrayList<>();
        for (Path list : lists) {
            wanted.addAll(readList(place.folder().resolve(list)));
        }
        names.forEach(name -> wanted.add(new Wanted(name, place.folder(), startLevel)));
        find(wanted);
        check();
        build();
        return additions;
    }

    /** Who mistypes one name may have mistyped another: all that cannot be had are told, up to some. */
    private void find(List<Wanted> wanted) throws IOException {
        List<Exception> failures = new ArrayList<>();
        try (Place.ProgressDisplay progress = place.progress("Finding")) {
            for (int i = 0; i < wanted.size() && failures.size() < FAILURES; i++) {
                progress.update(i, wanted.size());
                try {
                    find(wanted.get(i));
                } catch (IOException | RefusedBundleException e) {
                    failures.add(e);
                }
            }
        }
        if (failures.size() == 1 && failures.get(0) instanceof IOException failure) {
            throw failure;
        } else if (!failures.isEmpty()) {
            List<String> problems = failures.stream().map(Failures::message).toList();
            throw new RefusedChangeException(problems.get(0), problems);
        }
    }

    private void check() throws IOException {
        List<ContentSource> bundles = found.stream().map(Found::bundle).toList();
        try (Place.ProgressDisplay progress = place.progress("Reading")) {
            List<CheckedBundle> checked = intake.check(bundles, progress);
            for (int i = 0; i < checked.size(); i++) {
                add(checked.get(i), found.get(i).startLevel());
            }
        }
    }

    private void add(CheckedBundle bundle, OptionalInt level) {
        if (seen.add(bundle.content().digest())) {
            additions.add(new Change.Addition(bundle, level, beside));
        }
    }

    private void build() throws IOException {
        Workshop workshop = workshop();
        for (Map.Entry<Path, OptionalInt> one : projects.entrySet()) {
            Project project = Project.of(one.getKey()).named(one.getKey());
            Build build = workshop.build(
                    List.of(Edit.fresh(project)),
                    additions.stream().map(Change.Addition::bundle).toList());
            CheckedBundle bundle = build.results()
                    .get(0)
                    .bundle()
                    .orElseThrow(() -> new BrokenSourceException(one.getKey().toString(), build.problems()));
            build.problems().forEach(problem -> place.err().println(problem.text()));
            add(bundle, one.getValue());
        }
    }

    private Workshop workshop() {
        try {
            return SourceCommit.workshop(place);
        } catch (StoreMissingException e) {
            return Workshop.withoutStore(place.configuration(), place.limits());
        }
    }

    /** {@return the configurations that were found} */
    Collection<Configuration> configurations() {
        return configurations.values();
    }

    /** One file or coordinate a line, and a start level behind it; {@code #} begins a remark. */
    private List<Wanted> readList(Path list) throws IOException {
        List<Wanted> wanted = new ArrayList<>();
        Path base = Optional.ofNullable(list.toAbsolutePath().getParent()).orElse(place.folder());
        int number = 0;
        for (String line : TextFile.read(list).lines().toList()) {
            number++;
            String text = line.replaceFirst("^\uFEFF", "")
                    .replaceFirst("(^|\\s)#.*", "")
                    .strip();
            if (text.isEmpty()) {
                continue;
            }
            Matcher parts = LINE.matcher(text);
            if (!parts.matches()) {
                throw new RefusedBundleException(
                        list + ", line " + number,
                        "expected a file or coordinate and a start level, found '" + text + "'");
            }
            OptionalInt level = parts.group(2) == null ? startLevel : OptionalInt.of(Integer.parseInt(parts.group(2)));
            wanted.add(new Wanted(parts.group(1), base, level));
        }
        if (wanted.isEmpty()) {
            throw new RefusedBundleException(list.toString(), "it names nothing");
        }
        return wanted;
    }

    private void find(Wanted wanted) throws IOException {
        Path file = wanted.base().resolve(wanted.name().replaceFirst("^file:", ""));
        if (Files.isDirectory(file)) {
            findFolder(file, wanted.startLevel());
        } else if (Files.exists(file) && hasEnding(file, ".json")) {
            addConfigurations(file);
        } else if (!Files.exists(file) && place.isCoordinate(wanted.name())) {
            find(ContentSource.of(wanted.name(), place.fetch(wanted.name())), wanted.startLevel());
        } else if (Files.exists(file)) {
            find(ContentSource.of(file), wanted.startLevel());
        } else {
            throw new RefusedBundleException(
                    wanted.name(), "there is no such file, and it is no Maven coordinate (mvn:GROUP/ARTIFACT/VERSION)");
        }
    }

    /** A folder with source is built, after all that is named has been read. */
    private void findFolder(Path folder, OptionalInt level) throws IOException {
        if (Files.isDirectory(folder.resolve(Project.SOURCES)) || Files.exists(folder.resolve(Project.INSTRUCTIONS))) {
            projects.put(folder, level);
            return;
        }
        List<Path> jars;
        try (Stream<Path> files = Files.list(folder)) {
            jars = files.filter(Files::isRegularFile)
                    .filter(file -> hasEnding(file, ".jar"))
                    .sorted()
                    .toList();
        }
        if (jars.isEmpty()) {
            throw new RefusedBundleException(folder.toString(), "the folder has no .jar file");
        }
        for (Path jar : jars) {
            find(ContentSource.of(jar), level);
        }
    }

    private static boolean hasEnding(Path file, String ending) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(ending);
    }

    private void addConfigurations(Path file) throws IOException {
        for (Configuration configuration : ConfiguratorJson.read(file.toString(), TextFile.read(file))) {
            Configuration other = configurations.put(configuration.pid(), configuration);
            if (other != null && !other.equals(configuration)) {
                throw new RefusedBundleException(
                        file.toString(), "another file sets configuration " + configuration.pid() + " otherwise");
            }
        }
    }

    private void find(ContentSource source, OptionalInt level) throws IOException {
        ContentSource bundle = wrap && !BundleWrapper.isBundle(source)
                ? BundleWrapper.wrap(source, Optional.empty(), Optional.empty())
                : source;
        found.add(new Found(bundle, level));
    }
}
