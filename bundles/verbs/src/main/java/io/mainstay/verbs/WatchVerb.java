package io.mainstay.verbs;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import io.mainstay.framework.workshop.Build;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.Workshop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Pushes at each save. */
@Command(
        name = "watch",
        description = "Push what changes in a folder that `pull` made, at each save, until it is interrupted.")
final class WatchVerb extends Verb {
    /** Editors save in several steps. */
    private static final long QUIET_MILLIS = 60;

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "The folder; without it, '" + PullVerb.FOLDER + "'.")
    private Path folder = Path.of(PullVerb.FOLDER);

    @Mixin
    private StoryOptions story;

    @Mixin
    private DeployVerb.CommitOptions commit;

    @Mixin
    private SourceCommit.TestOption test;

    WatchVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Path watched = place.folder().resolve(folder);
        WorkingFolder target = WorkingFolder.open(watched);
        try (WatchService watch = watched.getFileSystem().newWatchService()) {
            register(watched, watch);
            out().println("Watching " + watched + "; each save is compiled and committed. Interrupt to end.");
            warmUp(target);
            push(watched);
            while (true) {
                awaitSave(watched, watch);
                push(watched);
            }
        } catch (InterruptedException e) {
            return ExitCode.DONE; // this is how somebody ends it
        }
    }

    /** The first compilation of a process takes a second or two: let it be over before the first save. */
    private void warmUp(WorkingFolder target) {
        try {
            Workshop workshop = SourceCommit.workshop(place);
            target.bundles().stream()
                    .limit(1)
                    .map(workshop::checkout)
                    .forEach(checkout -> workshop.build(List.of(Edit.of(checkout, checkout.project()))));
        } catch (RuntimeException e) {
            System.getLogger(WatchVerb.class.getName())
                    .log(System.Logger.Level.DEBUG, "Nothing was compiled to warm up", e);
        }
    }

    /** What is wrong is told, and may be better after the next save. The folder may have been pulled to meanwhile. */
    private void push(Path watched) {
        long begun = System.nanoTime();
        try {
            WorkingFolder target = WorkingFolder.open(watched);
            List<Edit> edits = target.edits(SourceCommit.workshop(place));
            if (!edits.isEmpty()) {
                SourceCommit.Outcome outcome = PushVerb.push(place, target, edits, story, false, commit, test);
                if (outcome.exitCode() == ExitCode.DONE) {
                    out().println("  " + parts((System.nanoTime() - begun) / 1_000_000, outcome.timing()));
                }
            }
        } catch (NoSuchFileException e) {
            // an editor's own file, which was there a moment ago
        } catch (IOException | RuntimeException e) {
            Failures.tell(e, place.err());
        }
    }

    private static String parts(long millis, Build.Timing timing) {
        long building = timing.wiringMillis() + timing.compileMillis() + timing.packageMillis();
        return millis + " ms after the save: " + timing.wiringMillis() + " to find what it is wired to, "
                + timing.compileMillis() + " to compile, " + timing.packageMillis() + " to package and check, "
                + (millis - building) + " to read, commit and apply";
    }

    private static void awaitSave(Path watched, WatchService watch) throws InterruptedException, IOException {
        for (WatchKey key = watch.take(); key != null; key = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS)) {
            key.pollEvents();
            key.reset();
            register(watched, watch); // folders may have come
        }
    }

    private static void register(Path watched, WatchService watch) throws IOException {
        try (Stream<Path> all = Files.walk(watched)) {
            for (Path one : all.filter(Files::isDirectory)
                    .filter(path -> !path.startsWith(watched.resolve(WorkingFolder.OWN)))
                    .filter(path -> !path.getFileName().toString().equals("target"))
                    .toList()) {
                one.register(watch, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
            }
        }
    }
}
