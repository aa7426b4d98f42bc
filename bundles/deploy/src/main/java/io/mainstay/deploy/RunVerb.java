package io.mainstay.deploy;

import io.mainstay.framework.Settings;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.verbs.ExitCode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a node until it is told to stop. */
@Command(
        name = "run",
        description = "Start a node on the store, with the Gogo shell on a terminal. An empty store gets a small web"
                + " application, so that there is something to see.")
final class RunVerb implements Callable<Integer> {
    private final ToolPlace place;

    @Option(names = "--no-shell", description = "No shell, for services; this is the rule where there is no terminal.")
    private boolean noShell;

    @Option(names = "--empty", description = "Leave an empty store empty.")
    private boolean empty;

    @Option(names = "--node", paramLabel = "NAME", description = "The node's name.")
    private String node;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description =
                    "A framework property of this node; it wins over config/framework.properties and the generation.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(
            names = "--framework-properties",
            paramLabel = "FILE",
            description = "Framework properties of this node, from a .properties file.")
    private List<Path> propertyFiles = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    RunVerb(ToolPlace place) {
        this.place = place;
    }

    @Override
    public Integer call() throws IOException, BundleException {
        long begin = System.nanoTime();
        boolean shell = !noShell && Terminal.isThere();
        Map<String, String> told = properties();
        StoreOptions options = Settings.of(told).store().share();
        Optional<Path> nodeFile = NodeFile.pathFor(options.url());
        nodeFile.flatMap(NodeFile::readAlive).ifPresent(holder -> {
            throw new StoreUnreachableException(
                    "Cannot run on " + options.publicUrl() + ": " + holder.holder()
                            + " holds it; use its shell, give this"
                            + " node a folder of its own with --data, or a database server that many nodes can share",
                    null);
        });
        if (nodeFile.isPresent()) {
            PrivateFolder.make(nodeFile.get().getParent());
        }
        Store store = place.openOwn(options);
        try {
            if (!empty && store.history().headNumber(Settings.of(told).channel()) == 0) {
                GenerationRecord first = new FirstRun(place, store, told).commit();
                place.out()
                        .println("The store was empty: committed generation " + first.number()
                                + ", a small web application (--empty leaves it out).");
            }
            return run(told, store, nodeFile, shell, begin);
        } catch (RuntimeException | IOException | BundleException e) {
            store.close();
            throw e;
        }
    }

    private Map<String, String> properties() {
        Map<String, String> told = new HashMap<>(place.told().all());
        propertyFiles.forEach(file -> told.putAll(Configuration.load(requireFile(file))));
        told.putAll(properties);
        if (node != null) {
            told.put(Settings.NODE, node);
        }
        told.put(Settings.SHARED, "true");
        told.computeIfAbsent("org.osgi.service.http.port", key -> String.valueOf(WebAddress.freePort()));
        told.putIfAbsent("org.apache.felix.http.host", "127.0.0.1");
        return told;
    }

    private static Path requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("There is no file " + file);
        }
        return file;
    }

    private int run(Map<String, String> told, Store store, Optional<Path> nodeFile, boolean shell, long begin)
            throws BundleException, IOException {
        try (HostedNode hosted = HostedNode.boot(place, told, store, shell)) {
            if (nodeFile.isPresent() && store.sharedAccess().isPresent()) {
                NodeFile.of(
                                hosted.node().settings().node(),
                                store.sharedAccess().get())
                        .write(nodeFile.get());
                nodeFile.get().toFile().deleteOnExit();
            }
            try {
                greet(hosted, begin);
                hosted.openShell();
                hosted.awaitEnd();
                return ExitCode.DONE;
            } finally {
                if (nodeFile.isPresent()) {
                    Files.deleteIfExists(nodeFile.get());
                }
            }
        }
    }

    private void greet(HostedNode hosted, long begin) {
        PrintStream out = place.out();
        RunningNode running = hosted.node();
        long millis = (System.nanoTime() - begin) / 1_000_000;
        String name = running.settings().node();
        Optional<NodeRecord> record = running
                .store()
                .nodes()
                .all(running.settings().channel())
                .stream()
                .filter(other -> other.name().equals(name))
                .findFirst();
        out.println("Node " + name + " runs "
                + running.generation()
                        .map(found -> "generation " + found.number())
                        .orElse("no generation yet")
                + record.map(found -> ", " + active(found)).orElse("") + ", from "
                + running.store().url() + ", in " + millis / 1000 + "." + millis / 100 % 10 + " s.");
        record.filter(found -> found.state() == NodeState.BEHIND)
                .flatMap(NodeRecord::reason)
                .ifPresent(reason -> place.err().println("It could not run the head: " + reason));
        WebAddress.of(hosted.context()).forEach(address -> out.println("Web: " + address));
        if (!hosted.hasShell()) {
            out.println("Stop it with Ctrl-C, or by SIGTERM.");
        }
        out.flush();
    }

    private static String active(NodeRecord record) {
        long count = NodeReport.of(record.report()).bundles().stream()
                .filter(bundle ->
                        bundle.state().equals("ACTIVE") || bundle.state().equals("STARTING"))
                .count();
        return count + (count == 1 ? " bundle active" : " bundles active");
    }
}
