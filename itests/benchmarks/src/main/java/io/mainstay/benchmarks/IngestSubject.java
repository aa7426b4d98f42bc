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

/** Brings files in, in one way. */
final class IngestSubject {
    static final String MAINSTAY = "Mainstay";
    static final String FILES = "files with fsync";
    static final String BLOB = "plain BLOB in Derby";

    private static final int WARM_UPS = 3;

    private IngestSubject() {}

    /** Runs: system, files; what comes after warming up counts. */
    public static void main(String[] arguments) throws Exception {
        List<Path> jars = Stream.of(arguments).skip(1).map(Path::of).toList();
        for (int round = 1; round <= WARM_UPS + 1; round++) {
            boolean counts = round > WARM_UPS;
            switch (arguments[0]) {
                case MAINSTAY -> mainstay(jars, "store" + round, counts);
                case BLOB -> blob(jars, "blob" + round, counts);
                default -> files(jars, Path.of("files" + round), counts);
            }
        }
    }

    private static void tell(Meter meter, boolean counts) throws IOException {
        if (counts) {
            meter.tell();
            Meter.tellPeak();
        }
    }

    private static void mainstay(List<Path> jars, String name, boolean counts) throws IOException {
        try (Store store = Store.open(StoreOptions.of("jdbc:derby:" + name))) {
            Meter meter = new Meter();
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
            tell(meter, counts);
        }
    }

    private static void files(List<Path> jars, Path folder, boolean counts) throws IOException {
        Files.createDirectories(folder);
        Meter meter = new Meter();
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
        tell(meter, counts);
    }

    private static void blob(List<Path> jars, String name, boolean counts) throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + name + ";create=true")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("CREATE TABLE jar (name VARCHAR(400) PRIMARY KEY, bytes BLOB(2G))");
            }
            connection.commit();
            Meter meter = new Meter();
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
            tell(meter, counts);
        }
    }
}
