package io.mainstay.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.CommandSessionListener;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Teaches each interactive session of Gogo's JLine shell to complete the verbs' options and arguments, when it runs its
 * first command, which is a line of its own profile. Other shells do not complete, and are left alone.
 */
final class Completions implements CommandSessionListener {
    private static final String DONE = ".mainstay.completions";
    private static final List<String> OF_GENERATIONS = List.of("rollback", "show", "diff");

    private final Commands commands;

    Completions(Commands commands) {
        this.commands = commands;
    }

    @Override
    public void beforeExecute(CommandSession session, CharSequence command) {
        if (session.get(".reader") == null || session.get(DONE) != null) {
            return;
        }
        session.put(DONE, true);
        commands.commandLine(session).getSubcommands().forEach((name, verb) -> teach(session, name, verb));
    }

    private static void teach(CommandSession session, String name, CommandLine verb) {
        String what = "complete -c " + Commands.SCOPE + ":" + name;
        for (OptionSpec option : verb.getCommandSpec().options()) {
            String description = String.join(" ", option.description()).replaceAll("[^A-Za-z0-9 ,.:;()/-]", "");
            execute(session, what + " -l " + option.longestName().substring(2) + " -d '" + description + "'");
        }
        if (OF_GENERATIONS.contains(name)) {
            execute(session, what + " -a '" + Commands.SCOPE + ":__generations'");
        } else if (name.equals("remove")) {
            execute(session, what + " -a '" + Commands.SCOPE + ":__bundles'");
        } else if (List.of("deploy", "plan", "import", "export").contains(name)) {
            execute(session, what + " -a '__files'");
        }
    }

    private static void execute(CommandSession session, String line) {
        try {
            session.execute(line);
        } catch (Exception e) {
            // a shell without completion is still a shell
            System.getLogger(Completions.class.getName()).log(System.Logger.Level.DEBUG, "Not taught: " + line, e);
        }
    }

    @Override
    public void afterExecute(CommandSession session, CharSequence command, Exception failure) {
        // nothing to take back
    }

    @Override
    public void afterExecute(CommandSession session, CharSequence command, Object result) {
        // nothing to take back
    }
}
