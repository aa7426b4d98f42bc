package io.mainstay.shell;

import io.mainstay.framework.node.RunningNode;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.verbs.ExitCode;
import io.mainstay.verbs.Verbs;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.Process;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The commands. Each hands its arguments to the verb of the same name, as it is in the tool: same options, same help,
 * same answers. A failure sets the command's exit code, so that {@code &&} and {@code ||} work.
 */
public final class Commands {
    static final String SCOPE = "mainstay";
    private static final String ARGUMENTS = "as in the tool; --help tells";

    private final BundleContext context;
    private final RunningNode node;

    Commands(BundleContext context, RunningNode node) {
        this.context = context;
        this.node = node;
    }

    static String[] functions() {
        return new String[] {
            "deploy",
            "remove",
            "plan",
            "status",
            "log",
            "show",
            "diff",
            "rollback",
            "adopt",
            "repair",
            "edit",
            "new",
            "pull",
            "push",
            "watch",
            "drafts",
            "test",
            "attach",
            "trace",
            "verify",
            "export",
            "import",
            "gc",
            "exit",
            "__generations",
            "__bundles"
        };
    }

    /** See the verb. */
    @Descriptor("Commit one new generation with all that is named, and wait until nodes have applied it")
    public void deploy(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "deploy", arguments);
    }

    /** See the verb. */
    @Descriptor("Commit one new generation without the bundles named")
    public void remove(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "remove", arguments);
    }

    /** See the verb. */
    @Descriptor("Say what a deploy would do, and change nothing")
    public void plan(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "plan", arguments);
    }

    /** See the verb. */
    @Descriptor("Show the live generation, the nodes, and the bundles of one node")
    public void status(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "status", arguments);
    }

    /** See the verb. */
    @Descriptor("Tell the history, the youngest generation first")
    public void log(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "log", arguments);
    }

    /** See the verb. */
    @Descriptor("Show one generation")
    public void show(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "show", arguments);
    }

    /** See the verb. */
    @Descriptor("Show what differs from generation A to generation B")
    public void diff(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "diff", arguments);
    }

    /** See the verb. */
    @Descriptor("Commit the state of generation N as a new generation; without N, the state before the last commit")
    public void rollback(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "rollback", arguments);
    }

    /** See the verb. */
    @Descriptor("Make a generation of what this node runs, with all that was done past the store")
    public void adopt(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "adopt", arguments);
    }

    /** See the verb. */
    @Descriptor("Take away what was done past the store")
    public void repair(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "repair", arguments);
    }

    /** See the verb. */
    @Descriptor("Open a file of a bundle's source in an editor, compile it, and commit it")
    public void edit(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "edit", arguments);
    }

    /** See the verb. Gogo finds {@code new} here, because Java allows no method of that name. */
    @Descriptor("Start a bundle from a template")
    public void _new(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "new", arguments);
    }

    /** See the verb. */
    @Descriptor("Take the source of bundles to a folder that any IDE opens")
    public void pull(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "pull", arguments);
    }

    /** See the verb. */
    @Descriptor("Compile and commit what has changed in a folder that pull made")
    public void push(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "push", arguments);
    }

    /** See the verb. */
    @Descriptor("Push at each save, until it is interrupted")
    public void watch(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "watch", arguments);
    }

    /** See the verb. */
    @Descriptor("List the files that are kept as drafts")
    public void drafts(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "drafts", arguments);
    }

    /** See the verb. */
    @Descriptor("Run the tests that bundles carry beside their source")
    public void test(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "test", arguments);
    }

    /** See the verb. */
    @Descriptor("Store the source of a bundle that carries none, for trace and show")
    public void attach(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "attach", arguments);
    }

    /** See the verb. */
    @Descriptor("Show the errors that were logged last, or one of them with the source of each line")
    public void trace(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "trace", arguments);
    }

    /** See the verb. */
    @Descriptor("Read all content and generations again, and check them against their digests")
    public void verify(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "verify", arguments);
    }

    /** See the verb. */
    @Descriptor("Write the whole store, or one generation, to a folder")
    public void export(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "export", arguments);
    }

    /** See the verb. Gogo finds {@code import} here, because Java allows no method of that name. */
    @Descriptor("Read all bundles that an OSGi repository index names into the store")
    public void _import(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "import", arguments);
    }

    /** See the verb. */
    @Descriptor("Drop content that no kept generation needs")
    public void gc(CommandSession session, @Descriptor(ARGUMENTS) String[] arguments) {
        run(session, "gc", arguments);
    }

    /** Stops the node, once this command has ended: the shell is among what is stopped. */
    @Descriptor("Stop this node")
    public void exit(
            @Parameter(names = "--now", presentValue = "true", absentValue = "false") @Descriptor("do not wait")
                    boolean now) {
        Thread stopper = new Thread(
                () -> {
                    try {
                        Thread.sleep(now ? 0 : 300); // lets the prompt come back before it is taken away
                        context.getBundle(0).stop();
                    } catch (BundleException e) {
                        System.getLogger(Commands.class.getName())
                                .log(System.Logger.Level.ERROR, "The node does not stop", e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "mainstay-exit");
        stopper.setDaemon(true);
        stopper.start();
    }

    /** {@return numbers of generations, for completion} */
    public List<String> __generations() {
        return node.store().history().chain(node.settings().channel(), 50).stream()
                .map(record -> String.valueOf(record.number()))
                .toList();
    }

    /** {@return names of bundles of the generation that runs, for completion} */
    public List<String> __bundles() {
        return node.generation().map(GenerationRecord::generation).stream()
                .flatMap(generation -> generation.state().entries().stream())
                .map(GenerationEntry::symbolicName)
                .distinct()
                .toList();
    }

    /** {@return the verbs as picocli knows them, with their options} */
    CommandLine commandLine(CommandSession session) {
        CommandLine root = new CommandLine(new Root());
        Verbs.addTo(root, new ShellPlace(context, node, session));
        return root;
    }

    private void run(CommandSession session, String verb, String[] arguments) {
        List<String> words = new ArrayList<>(List.of(verb));
        Stream.of(arguments).forEach(words::add);
        int code = commandLine(session).execute(words.toArray(new String[0]));
        if (code != ExitCode.DONE) {
            Process.Utils.current().error(code);
        }
    }

    @Command(name = SCOPE, description = "The verbs of Mainstay.")
    private static final class Root implements Runnable {
        @Override
        public void run() {
            // the shell always names a verb
        }
    }
}
