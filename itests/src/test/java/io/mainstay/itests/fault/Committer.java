package io.mainstay.itests.fault;

import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.itests.Jars;
import io.mainstay.store.ConflictException;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** Commits for a while, as fast as it can: its own bundle, and each third time one that others commit, too. */
final class Committer {
    /** Begins a line: a commit was acknowledged, by its message. */
    static final String DONE = "done ";
    /** Begins a line: a commit lost against others. */
    static final String LOST = "lost ";

    private final Store store;
    private final String name;
    private final Consumer<String> told;

    Committer(Store store, String name, Consumer<String> told) {
        this.store = store;
        this.name = name;
        this.told = told;
    }

    /** A process of its own: the store's URL, its user and password, the name, and the seconds. */
    public static void main(String[] arguments) throws Exception {
        StoreOptions options = StoreOptions.of(arguments[0]);
        if (!arguments[1].isEmpty()) {
            options = options.as(arguments[1], arguments[2]);
        }
        try (Store store = Store.open(options.existing())) {
            new Committer(store, arguments[3], System.out::println)
                    .commitFor(Duration.ofMillis(Long.parseLong(arguments[4])));
        }
    }

    void commitFor(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        try (Deployer deployer = new Deployer(store, Settings.DEFAULT_CHANNEL, Map.of())) {
            for (int i = 1; System.nanoTime() < end; i++) {
                commit(deployer, i);
            }
        }
    }

    private void commit(Deployer deployer, int i) throws Exception {
        String message = name + "-" + i;
        try {
            DeployResult result = deployer.deploy(change(message, i), Deployer.Options.DEFAULT);
            switch (result.outcome()) {
                case APPLIED, COMMITTED -> told.accept(DONE + message);
                case UNCHANGED, FAILED, PARTIAL, PROPOSED -> told.accept("odd " + message + ": " + result);
            }
        } catch (ConflictException e) {
            told.accept(LOST + message);
        }
    }

    private Change change(String message, int i) throws Exception {
        Jars jar = Jars.bundle(i % 3 == 0 ? "shared" : "of." + name, "1.0.0").entry("text.txt", message);
        return Change.by(name)
                .message(message)
                .add(new BundleIntake(IntakeLimits.DEFAULT).check(ContentSource.of("test.jar", jar.bytes())))
                .build();
    }
}
