package io.mainstay.benchmarks;

import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Brings the same files in, in ways that take turns. */
final class IngestSubject {
    static final String MAINSTAY = "Mainstay";
    static final String FILES = "files with fsync";
    static final String BLOB = "plain BLOB in Derby";

    private static final int WARM_UPS = 2;

    private IngestSubject() {}

    /** Runs: rounds, whether the plain insert (its engine must not be set up by us) or all else, files. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        boolean plain = Boolean.parseBoolean(arguments[1]);
        List<Path> jars = Stream.of(arguments).skip(2).map(Path::of).toList();
        for (int round = -WARM_UPS; round < rounds; round++) {
            if (plain) {
                tell(round, BLOB, blob(jars, "blob" + round));
            } else {
                tell(round, MAINSTAY, mainstay(jars, "store" + round));
                tell(round, FILES, files(jars, Path.of("files" + round)));
            }
        }
    }

    private static void tell(int round, String system, double millis) {
        if (round >= 0) {
            System.out.println(system + " " + millis);
        }
    }

    private static double since(long begun) {
        return (System.nanoTime() - begun) / 1e6;
    }

    private static double mainstay(List<Path> jars, String name) throws IOException {
        try (Store store = Store.open(StoreOptions.of("jdbc:derby:" + name))) {
            long begun = System.nanoTime();
            BundleIntake intake = new BundleIntake(IntakeLimits.DEFAULT);
            try (StoreTransaction transaction = store.begin()) {
                List<GenerationEntry> entries = new ArrayList<>();
                List<ContentSource> sources =
                        jars.stream().map(ContentSource::of).toList();
                for (CheckedBundle bundle : intake.check(sources, Progress.NONE)) {
                    transaction.put(bundle.content(), bundle.source(), bundle.index());
                    entries.add(Bundles.entry(bundle.content()));
                }
                long number = transaction
                        .propose("main", 0, "benchmark", "Ingest", SystemState.of(entries, Map.of(), List.of()))
                        .number();
                transaction.moveHead(number, false, Optional.empty());
                transaction.commit();
            }
            return since(begun);
        }
    }

    private static double files(List<Path> jars, Path folder) throws IOException {
        Files.createDirectories(folder);
        long begun = System.nanoTime();
        for (Path jar : jars) {
            try (FileChannel in = FileChannel.open(jar);
                    FileChannel out = FileChannel.open(
                            folder.resolve(jar.getFileName().toString()),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE)) {
                in.transferTo(0, in.size(), out);
                out.force(true);
            }
        }
        return since(begun);
    }

    private static double blob(List<Path> jars, String name) throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + name + ";create=true")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("CREATE TABLE jar (name VARCHAR(400) PRIMARY KEY, bytes BLOB(2G))");
            }
            connection.commit();
            long begun = System.nanoTime();
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO jar VALUES (?, ?)")) {
                for (Path jar : jars) {
                    try (InputStream in = Files.newInputStream(jar)) {
                        insert.setString(1, jar.toString());
                        insert.setBinaryStream(2, in, Files.size(jar));
                        insert.executeUpdate();
                    }
                }
            }
            connection.commit();
            return since(begun);
        }
    }
}
