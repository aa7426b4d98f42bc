package io.mainstay.deploy;

import io.mainstay.verbs.ExitCode;
import io.mainstay.verbs.Verbs;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line {@code ./mainstay}. */
@Command(
        name = "mainstay",
        description =
                "An OSGi framework whose code lives in a database, and whose services stay while the code changes.",
        footer = {
            "",
            "Exit codes: 0 done; 1 refused or failed, nothing changed; 2 wrong usage; 3 store not reachable; 4 committed,"
                    + " but a node could not follow."
        })
public final class Tool implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and do nothing.")
    private boolean version;

    private Tool() {}

    /** Runs the command line, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        try {
            prepareLog(arguments);
        } catch (UncheckedIOException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.REFUSED);
        }
        System.exit(run(arguments));
    }

    static int run(String[] arguments) {
        Tool tool = new Tool();
        try (ToolPlace place = new ToolPlace(tool.store, PlainText.of(System.out), PlainText.of(System.err))) {
            place.openingEarly(arguments);
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
            CommandLine all = arguments.length == 0 ? commandLine(tool, place) : commandLine(tool, place, arguments[0]);
            return all.execute(arguments);
        }
    }

    /** Of the commands only the one that is asked for: making all of them is a tenth of a short call. */
    private static CommandLine commandLine(Tool tool, ToolPlace place, String command) {
        CommandLine root = root(tool);
        if (command.equals("run")) {
            root.addSubcommand(new RunVerb(place));
            Verbs.finish(root, place);
            return root;
        }
        return Verbs.addTo(root, place, command) ? root : commandLine(tool, place);
    }

    static CommandLine commandLine(ToolPlace place) {
        return commandLine(new Tool(), place);
    }

    private static CommandLine commandLine(Tool tool, ToolPlace place) {
        CommandLine root = root(tool);
        root.addSubcommand(new CompletionVerb());
        root.addSubcommand(new RunVerb(place));
        root.addSubcommand(new CommandLine.HelpCommand());
        root.getSubcommands().get("help").getCommandSpec().usageMessage().hidden(true);
        Verbs.addTo(root, place);
        return root;
    }

    private static CommandLine root(Tool tool) {
        CommandLine root = new CommandLine(tool);
        root.getCommandSpec().version("Mainstay " + Version.text());
        return root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? " + names());
    }

    private List<String> names() {
        return spec.subcommands().entrySet().stream()
                .filter(entry ->
                        !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The log goes to the data folder if there is one; it has to be known before anything can be logged. */
    private static void prepareLog(String[] arguments) {
        List<String> words = List.of(arguments);
        boolean runs = command(words).equals("run") && !words.contains("--help") && !words.contains("-h");
        Path data = Path.of(option(words, "--data").orElse("data"));
        if (runs || Files.isDirectory(data)) {
            LogFile.put(data.resolve("log"));
        } else {
            LogFile.put(Path.of(System.getProperty("user.home"), ".mainstay", "log"));
        }
        if (runs) {
            PrivateFolder.make(data);
        }
    }

    private static String command(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            if (List.of("--data", "--store", "--channel").contains(words.get(i))) {
                i++;
            } else if (!words.get(i).startsWith("-")) {
                return words.get(i);
            }
        }
        return "";
    }

    static Optional<String> option(List<String> words, String name) {
        int at = words.indexOf(name);
        return at >= 0 && at + 1 < words.size()
                ? Optional.of(words.get(at + 1))
                : words.stream()
                        .filter(word -> word.startsWith(name + "="))
                        .map(word -> word.substring(name.length() + 1))
                        .findFirst();
    }

    /** Options that say which store; every verb takes them. */
    static final class StoreOption {
        @Option(
                names = "--store",
                paramLabel = "URL",
                scope = ScopeType.INHERIT,
                description = "The store's JDBC URL (also: MAINSTAY_STORE, config/mainstay.properties).")
        String url;

        @Option(
                names = "--data",
                paramLabel = "DIR",
                scope = ScopeType.INHERIT,
                defaultValue = "data",
                description = "The folder of an embedded store and of a node's own things (default: ${DEFAULT-VALUE}).")
        Path data = Path.of("data");

        @Option(
                names = "--channel",
                paramLabel = "NAME",
                scope = ScopeType.INHERIT,
                description = "The channel (default: main).")
        String channel;
    }
}
