package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Project;
import io.mainstay.store.Draft;
import io.mainstay.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Opens one file of a bundle in an editor, and commits what comes out. */
@Command(
        name = "edit",
        description = "Open a file of a bundle's source in $VISUAL or $EDITOR, compile it, and commit it. What does not"
                + " compile is kept as a draft, and the last good version stays live.")
final class EditVerb extends Verb {
    private static final int NAMED = 8;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "BUNDLE", description = "The bundle's name, or NAME/VERSION.")
    private String bundle;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "CLASS|FILE",
            description =
                    "A class, with or without its package, or a file of the project; not needed where there is only"
                            + " one. A file that is not there is made.")
    private String wanted;

    @Option(names = "--draft", description = "Keep it as a draft: do not compile it, do not commit it.")
    private boolean draft;

    @Option(names = "--drafts", description = "Commit all drafts of yours of this bundle with it.")
    private boolean withDrafts;

    @Mixin
    private StoryOptions story;

    @Mixin
    private DeployVerb.CommitOptions commit;

    @Mixin
    private SourceCommit.TestOption test;

    EditVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Workshop workshop = SourceCommit.workshop(place);
        Checkout head = workshop.checkout(bundle);
        List<Draft> mine = place.store().drafts().all(place.channel()).stream()
                .filter(one -> one.location().equals(head.entry().location()))
                .filter(one -> one.author().equals(story.author()))
                .toList();
        Project all = head.project();
        for (Draft one : mine) {
            all = all.with(one.path(), one.bytes());
        }
        String path = path(all);
        Optional<Draft> begun =
                mine.stream().filter(one -> one.path().equals(path)).findFirst();
        byte[] before = begun.map(one -> Theirs.remind(workshop, head, one))
                .orElseGet(() -> head.project().files().getOrDefault(path, template(path)));
        byte[] after = Theirs.withoutReminder(edit(path, before));
        if (Arrays.equals(before, after) && (draft || begun.isEmpty())) {
            out().println("Nothing has changed.");
            return ExitCode.DONE;
        }
        if (isBlank(after) && !isBlank(before)) {
            throw new RefusedChangeException(
                    path
                            + " came out of the editor empty; nothing has changed. To take a file out, `pull`, remove it, `push`");
        }
        Draft made = new Draft(
                place.channel(),
                head.entry().location(),
                story.author(),
                path,
                head.entry().content(),
                after,
                Instant.EPOCH);
        save(made);
        if (draft) {
            out().println("Kept as a draft: " + path + ". `edit " + bundle + "` goes on with it, `drafts` lists it.");
            return ExitCode.DONE;
        }
        return commit(head, made, mine);
    }

    private static boolean isBlank(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1).isBlank();
    }

    /** From here on what was typed is safe: in the store, or, where that is away, in a file. */
    private void save(Draft made) throws IOException {
        try {
            place.store().drafts().save(made);
        } catch (StoreException e) {
            Path file = Files.createTempFile("mainstay-kept-", "-" + fileName(made.path()));
            Files.write(file, made.bytes());
            place.err().println("The store could not take what you wrote; it is in " + file);
            throw e;
        }
    }

    private int commit(Checkout head, Draft made, List<Draft> mine) throws IOException {
        List<Draft> taken = new ArrayList<>(List.of(made));
        if (withDrafts) {
            mine.stream().filter(one -> !one.path().equals(made.path())).forEach(taken::add);
        }
        Project project = head.project();
        for (Draft one : taken) {
            project = project.with(one.path(), one.bytes());
        }
        boolean committed = false;
        try {
            SourceCommit.Outcome outcome = new SourceCommit(place, false)
                    .carryOut(
                            List.of(Edit.of(head, project)),
                            story.begin("Edit " + head.entry().symbolicName() + ": " + fileName(made.path())),
                            commit,
                            test);
            committed = outcome.committed();
            return outcome.exitCode();
        } finally {
            if (committed) {
                taken.forEach(place.store().drafts()::drop);
            } else {
                place.err()
                        .println("What you wrote is kept as a draft: `edit " + bundle
                                + "` goes on with it, `drafts --drop " + bundle + "` drops it.");
            }
        }
    }

    /** {@return the file that is meant} */
    private String path(Project project) {
        List<String> sources = project.files().keySet().stream()
                .filter(path -> !path.startsWith(Project.LIBRARIES))
                .toList();
        if (wanted == null) {
            List<String> java = new ArrayList<>(project.below(Project.SOURCES).keySet());
            if (java.size() == 1) {
                return java.get(0);
            }
            throw new ParameterException(spec.commandLine(), "Which file? " + bundle + " has " + named(java));
        }
        List<String> matching = sources.stream().filter(this::isMeant).toList();
        if (matching.size() == 1) {
            return matching.get(0);
        }
        if (matching.size() > 1) {
            throw new ParameterException(spec.commandLine(), wanted + " is in " + named(matching));
        }
        return fresh().orElseThrow(() ->
                new RefusedChangeException(bundle + " has no class or file " + wanted + "; it has " + named(sources)));
    }

    private boolean isMeant(String path) {
        String type = wanted.replace('.', '/') + ".java";
        return path.equals(wanted)
                || path.equals(Project.SOURCES + type)
                || path.equals(Project.TESTS + type)
                || fileName(path).equals(wanted)
                || fileName(path).equals(wanted + ".java");
    }

    /** A path, or a class with its package, says where something new goes. */
    private Optional<String> fresh() {
        return Stream.of(wanted, Project.SOURCES + wanted.replace('.', '/') + ".java")
                .filter(path -> path.indexOf('/') > 0 && !path.equals(Project.SOURCES + wanted + ".java"))
                .filter(path -> !Project.of(new TreeMap<>(Map.of(path, new byte[0])))
                        .files()
                        .isEmpty())
                .findFirst();
    }

    private static byte[] template(String path) {
        if (!path.endsWith(".java")) {
            return new byte[0];
        }
        String folder = path.replaceFirst("^src/(main|test)/java/", "");
        int end = folder.lastIndexOf('/');
        String name = fileName(path).replace(".java", "");
        return ((end < 0 ? "" : "package " + folder.substring(0, end).replace('/', '.') + ";\n\n") + "public class "
                        + name + " {\n}\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String named(List<String> paths) {
        return String.join(", ", paths.subList(0, Math.min(NAMED, paths.size())))
                + (paths.size() > NAMED ? " and " + (paths.size() - NAMED) + " more" : "");
    }

    private static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Editors want a file: it is private, and gone when the editor ends. */
    private static byte[] edit(String path, byte[] bytes) throws IOException {
        Path folder = Files.createTempDirectory("mainstay-edit-");
        Path file = folder.resolve(fileName(path));
        try {
            Files.write(file, bytes);
            List<String> command = new ArrayList<>(List.of(editor().split("\\s+")));
            command.add(file.toString());
            int code = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (code != 0) {
                throw new RefusedChangeException(
                        "The editor (" + editor() + ") ended with code " + code + "; nothing has changed");
            }
            return Files.readAllBytes(file);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedChangeException("Interrupted while the editor was open; nothing has changed");
        } finally {
            try (Stream<Path> left = Files.list(folder)) {
                for (Path one : left.toList()) {
                    Files.deleteIfExists(one);
                }
            }
            Files.deleteIfExists(folder);
        }
    }

    private static String editor() {
        return Stream.of("VISUAL", "EDITOR")
                .map(System.getenv()::get)
                .filter(text -> text != null && !text.isBlank())
                .findFirst()
                .orElse("vi")
                .strip();
    }
}
