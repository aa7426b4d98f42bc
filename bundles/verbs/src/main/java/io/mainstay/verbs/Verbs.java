package io.mainstay.verbs;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the verbs under a root command. */
public final class Verbs {
    private Verbs() {}

    /** Adds all verbs to {@code root}, to run at {@code place}, and has failures told as {@link Failures} does. */
    public static void addTo(CommandLine root, Place place) {
        all(place).forEach(root::addSubcommand);
        finish(root, place);
    }

    /**
     * Adds one verb as {@link #addTo(CommandLine, Place)} adds all, because picocli takes its time over each.
     *
     * @return whether there is one of this name; otherwise nothing was added
     */
    public static boolean addTo(CommandLine root, Place place, String name) {
        Optional<Verb> verb = all(place).stream()
                .filter(one -> one.getClass()
                        .getAnnotation(CommandLine.Command.class)
                        .name()
                        .equals(name))
                .findFirst();
        verb.ifPresent(one -> {
            root.addSubcommand(one);
            finish(root, place);
        });
        return verb.isPresent();
    }

    private static List<Verb> all(Place place) {
        return List.of(
                new DeployVerb(place),
                new RemoveVerb(place),
                new PlanVerb(place),
                new StatusVerb(place),
                new LogVerb(place),
                new ShowVerb(place),
                new DiffVerb(place),
                new RollbackVerb(place),
                new AdoptVerb(place),
                new RepairVerb(place),
                new EditVerb(place),
                new NewVerb(place),
                new PullVerb(place),
                new PushVerb(place),
                new WatchVerb(place),
                new DraftsVerb(place),
                new TestVerb(place),
                new AttachVerb(place),
                new TraceVerb(place),
                new VerifyVerb(place),
                new ExportVerb(place),
                new ImportVerb(place),
                new GcVerb(place));
    }

    /** Has failures told, of all commands that are there by now. */
    public static void finish(CommandLine root, Place place) {
        root.setOut(new PrintWriter(place.out(), true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(place.err(), true, StandardCharsets.UTF_8));
        root.setExecutionExceptionHandler((failure, command, result) -> {
            if (command.getParseResult().hasMatchedOption("--json")) {
                place.out().println(Failures.json(failure));
            }
            int code = Failures.tell(failure, place.err());
            if (code == ExitCode.UNREACHABLE) {
                place.storeAwaySince().ifPresent(since -> place.err().println(Words.away(since)));
            }
            return code;
        });
        root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        root.setParameterExceptionHandler((failure, arguments) -> usage(failure, place));
    }

    private static String message(ParameterException failure) {
        boolean ofRoot = failure.getCommandLine().getParent() == null
                && !failure.getCommandLine().getSubcommands().isEmpty();
        if (ofRoot
                && failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !unmatched.getUnmatched().isEmpty()) {
            List<String> alike = unmatched.getSuggestions();
            return "There is no command '" + unmatched.getUnmatched().get(0) + "'"
                    + (alike.isEmpty() ? "" : "; did you mean " + alike.get(0) + "?");
        }
        return failure.getMessage();
    }

    /** A wrong command line is told in two lines: what is wrong, and where help is. */
    private static int usage(ParameterException failure, Place place) {
        place.err().println(message(failure));
        place.err().println("See: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }
}
