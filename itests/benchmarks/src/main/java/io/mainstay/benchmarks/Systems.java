package io.mainstay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The systems that run the workload, each set up once, and started by its own launcher as often as one likes. */
final class Systems {
    static final String MAINSTAY = "Mainstay";
    static final String FELIX_WARM = "Felix, warm cache";
    static final String FELIX_CLEAN = "Felix, clean cache";
    static final String KARAF = "Karaf";
    /** Karaf 4.4.10 asks for a security manager, which Java from 24 on does not have. */
    static final boolean KARAF_RUNS = Runtime.version().feature() < 24;

    /** What Karaf has itself, in its own way. */
    private static final Set<String> IN_KARAF = Set.of(
            "slf4j-api",
            "slf4j-simple",
            "org.osgi.util.function",
            "org.osgi.util.promise",
            "org.apache.felix.configadmin",
            "org.apache.felix.log",
            "org.apache.felix.gogo.runtime",
            "org.apache.felix.gogo.command",
            "org.apache.felix.gogo.jline",
            "jline");

    private static final int TOP_LEVEL = 10;
    private static final long ARCHIVE_SECONDS = 120;

    private final Bench bench;
    private final Peers peers;
    /** Whether the cache is of this run. */
    private boolean cached;

    Systems(Bench bench, Peers peers) {
        this.bench = bench;
        this.peers = peers;
    }

    /** A system that is set up. */
    @FunctionalInterface
    interface Ready {
        /**
         * Starts it.
         *
         * @param port where its web server shall listen
         * @param more framework properties, as the system takes them
         */
        ServerProcess start(int port, String... more) throws IOException;
    }

    Map<String, String> mainstayEnvironment() throws IOException {
        return Map.of("MAINSTAY_CACHE", bench.kept("cache").toString());
    }

    /** Deploys the workload to a store, and waits for the class data archive, which the launcher makes by itself. */
    Ready mainstay() throws IOException, InterruptedException {
        Path folder = bench.fresh("mainstay");
        List<String> lines = new ArrayList<>();
        for (Peers.Part part : peers.workload()) {
            lines.add(part.jar() + " " + part.startLevel());
        }
        Path list = Files.write(folder.resolve("workload.lst"), lines);
        Path data = folder.resolve("data");
        if (!cached) {
            bench.fresh("cache");
            cached = true;
        }
        tool(folder, "deploy", "--from", list.toString(), "--data", data.toString());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ARCHIVE_SECONDS);
        while (!hasArchive() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return (port, more) -> {
            List<String> command = new ArrayList<>(List.of(
                    bench.tool().toString(),
                    "run",
                    "--no-shell",
                    "--data",
                    data.toString(),
                    "-Dorg.osgi.service.http.port=" + port));
            command.addAll(List.of(more));
            return ServerProcess.start(folder, mainstayEnvironment(), command);
        };
    }

    private boolean hasArchive() throws IOException {
        try (Stream<Path> files = Files.list(bench.kept("cache"))) {
            return files.anyMatch(Files::isRegularFile);
        }
    }

    /** Calls the tool, which has to succeed. */
    Call tool(Path folder, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(bench.tool().toString()));
        command.addAll(List.of(words));
        return Call.of(ServerProcess.builder(folder, mainstayEnvironment(), command), "");
    }

    /** Felix with its own launcher; the first start fills its cache. */
    Ready felix(boolean warm) throws IOException, InterruptedException {
        Path folder = bench.fresh(warm ? "felix-warm" : "felix-clean");
        Properties first = new Properties();
        Map<Integer, List<String>> levels = new TreeMap<>();
        for (Peers.Part part : peers.workload()) {
            levels.computeIfAbsent(part.startLevel(), key -> new ArrayList<>())
                    .add(part.jar().toUri().toString());
        }
        levels.forEach((level, jars) -> first.setProperty("felix.auto.start." + level, String.join(" ", jars)));
        Properties later = new Properties();
        for (Properties one : List.of(first, later)) {
            one.setProperty("org.osgi.framework.startlevel.beginning", String.valueOf(TOP_LEVEL));
            one.setProperty("felix.auto.deploy.action", "");
            one.setProperty("felix.cache.rootdir", folder.toString());
            one.setProperty("org.apache.felix.http.host", "127.0.0.1");
        }
        Path filling = store(first, folder.resolve("first.properties"));
        Path filled = store(later, folder.resolve("later.properties"));
        Ready ready = (port, more) -> {
            if (!warm) {
                Bench.remove(folder.resolve("felix-cache"));
            }
            return felix(folder, Files.exists(folder.resolve("felix-cache")) ? filled : filling, port);
        };
        if (warm) {
            int port = ServerProcess.freePort();
            try (ServerProcess process = ready.start(port)) {
                process.awaitConsole(port);
            }
        }
        return ready;
    }

    private ServerProcess felix(Path folder, Path properties, int port) throws IOException {
        return ServerProcess.start(
                folder,
                Map.of(),
                List.of(
                        ServerProcess.java(),
                        "-Dfelix.config.properties=" + properties.toUri(),
                        "-Dorg.osgi.service.http.port=" + port,
                        "-Dgosh.args=--nointeractive",
                        "-jar",
                        peers.felix().toString()));
    }

    private static Path store(Properties properties, Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            properties.store(out, null);
        }
        return file;
    }

    /** Karaf as it is delivered, and the bundles of the workload that it does not have itself beside. */
    Ready karaf(List<Path> deployed) throws IOException, InterruptedException {
        Path folder = bench.fresh("karaf");
        Process unpacked = new ProcessBuilder("tar", "xzf", peers.karaf().toString(), "-C", folder.toString())
                .inheritIO()
                .start();
        if (unpacked.waitFor() != 0) {
            throw new IOException("Karaf cannot be unpacked");
        }
        Path home = folder.resolve("apache-karaf-" + Peers.KARAF_VERSION);
        Path startup = home.resolve("etc/startup.properties");
        StringBuilder lines = new StringBuilder(Files.readString(startup));
        for (Peers.Part part : peers.workload()) {
            if (!IN_KARAF.contains(part.artifact())) {
                Path system = home.resolve("system")
                        .resolve(part.group().replace('.', '/'))
                        .resolve(part.artifact())
                        .resolve(part.version())
                        .resolve(part.artifact() + "-" + part.version() + ".jar");
                Files.createDirectories(system.getParent());
                if (!Files.exists(system)) {
                    Files.copy(part.jar(), system);
                }
                lines.append("\nmvn\\:" + part.group() + "/" + part.artifact() + "/" + part.version() + " = "
                        + (20 + part.startLevel()));
            }
        }
        Files.writeString(startup, lines + "\n");
        for (Path jar : deployed) {
            Files.copy(jar, home.resolve("deploy").resolve(jar.getFileName().toString()));
        }
        Path etc = home.resolve("etc");
        replace(etc.resolve("org.apache.karaf.shell.cfg"), "sshHost = 0.0.0.0", "sshHost = 127.0.0.1");
        replace(etc.resolve("org.apache.karaf.shell.cfg"), "sshPort = 8101", "sshPort = " + ServerProcess.freePort());
        replace(
                etc.resolve("org.apache.karaf.management.cfg"),
                "rmiRegistryPort = 1099",
                "rmiRegistryPort = " + ServerProcess.freePort());
        replace(
                etc.resolve("org.apache.karaf.management.cfg"),
                "rmiServerPort = 44444",
                "rmiServerPort = " + ServerProcess.freePort());
        Files.writeString(
                etc.resolve("users.properties"),
                "karaf = karaf,_g_:admingroup\n_g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh\nadmin = admin,_g_:admingroup\n");
        return (port, more) -> {
            Files.writeString(
                    etc.resolve("custom.properties"),
                    "org.osgi.service.http.port = " + port + "\norg.apache.felix.http.host = 127.0.0.1\n"
                            + String.join("\n", more) + "\n");
            return ServerProcess.start(
                    home,
                    Map.of("KARAF_EXEC", "exec"),
                    List.of(home.resolve("bin/karaf").toString(), "server"));
        };
    }

    /** Calls Karaf's client, which has to succeed. */
    Call karafClient(String command) throws IOException, InterruptedException {
        Path home = bench.kept("karaf").resolve("apache-karaf-" + Peers.KARAF_VERSION);
        ProcessBuilder builder = new ProcessBuilder(
                        home.resolve("bin/client").toString(),
                        "-u",
                        "karaf",
                        "-p",
                        "karaf",
                        "-r",
                        "60",
                        "-d",
                        "1",
                        "-b")
                .directory(home.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return Call.of(builder, command + "\n"); // its words on the command line need a terminal
    }

    private static void replace(Path file, String from, String to) {
        try {
            String text = Files.readString(file);
            if (!text.contains(from)) {
                throw new IllegalStateException(file + " has no '" + from + "'");
            }
            Files.writeString(file, text.replace(from, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
